import type { NewRegistryAuth, RegistryAuth } from '../../novita-api/novita-client.js';

/**
 * Novita stores a credential without saying its id, and allows several of one name. The new one is in the list after the save and was not
 * in the list before. Of several that others saved meanwhile, with the same name and user, the last is taken.
 */
export const savedAuth = (
  before: readonly RegistryAuth[],
  after: readonly RegistryAuth[],
  { name, username }: Pick<NewRegistryAuth, 'name' | 'username'>,
): RegistryAuth | null => {
  const known = new Set(before.map(({ registryAuthId }) => registryAuthId));
  const isNew = (auth: RegistryAuth): boolean =>
    auth.name === name && auth.username === username && !known.has(auth.registryAuthId);
  return after.findLast(isNew) ?? null;
};
