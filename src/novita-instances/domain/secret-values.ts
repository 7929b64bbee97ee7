import type { Access, Facts } from './instance.js';

/** False: the values cannot be opened, so nothing tells whether a text repeats them. */
export const areSecretsKnown = ({ instance: { unreadable = [] } }: Facts): boolean =>
  !unreadable.includes('envs') && !unreadable.includes('spec');

/** The values of an instance that no text about it may repeat: what was sent to Novita for it, and the ways into its machines. */
export const secretValuesOf = ({ instance: { spec }, machines }: Facts): string[] =>
  [
    ...spec.envs.map(({ value }) => value),
    spec.registryAuthId,
    ...machines.flatMap(({ access }) => (access ? accessValues(access) : [])),
  ].filter((value) => value !== null);

const accessValues = ({ sshPassword, webTerminal, jupyterUrl }: Access): (string | null)[] => [
  sshPassword,
  webTerminal?.password ?? null,
  ...urlValues(webTerminal?.address ?? null),
  ...urlValues(jupyterUrl),
];

/** The address as a whole, and what it carries by itself: a token in its query or its fragment. */
const urlValues = (address: string | null): string[] => {
  if (address === null || !URL.canParse(address)) return [];
  const { searchParams, hash } = new URL(address);
  return [address, ...searchParams.values(), hash.slice(1)];
};
