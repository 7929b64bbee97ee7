import { accessValues } from '../../machines/domain/access-values.js';
import type { Snapshot } from './instance.js';

/** False: the values cannot be opened, so nothing tells whether a text repeats them. */
export const areSecretsKnown = ({ instance: { unreadable = [] } }: Snapshot): boolean =>
  !unreadable.includes('envs') && !unreadable.includes('spec');

/** The values of an instance that no text about it may repeat: what was sent to Novita for it, and the ways into its machines. */
export const secretValuesOf = ({ instance: { spec, update }, machines }: Snapshot): string[] =>
  [
    ...spec.envs.map(({ value }) => value),
    spec.registryAuthId,
    ...(update?.before?.envs ?? []).map(({ value }) => value),
    update?.before?.registryAuthId ?? null,
    ...machines.flatMap(({ access }) => (access ? accessValues(access) : [])),
  ].filter((value) => value !== null);
