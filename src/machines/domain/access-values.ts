import type { Access } from './machine.js';

/** The values of the ways into a machine that no text about it may repeat. */
export const accessValues = ({ sshPassword, webTerminal, jupyterUrl }: Access): (string | null)[] => [
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
