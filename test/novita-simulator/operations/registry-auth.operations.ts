import { ok } from '../answer.js';
import { registryAuthWire } from '../catalogue.wire.js';
import { Refusal } from '../refusal.js';
import type { World } from '../world.js';
import { get, post, type Operation } from './operation.js';

export const REGISTRY_AUTH_OPERATIONS: readonly Operation[] = [
  get('listRepositoryAuths', '/repository/auths', ({ catalogue }) =>
    ok({ data: catalogue.registryAuths.map(registryAuthWire) }),
  ),
  post('saveRepositoryAuth', '/repository/auth/save', saveAuth),
  post('deleteRepositoryAuth', '/repository/auth/delete', deleteAuth, 'release'),
];

/** Answers no id. Two credentials may have the same name. */
function saveAuth(
  { catalogue, ids, switches }: World,
  { name, username, password }: Record<'name' | 'username' | 'password', string>,
) {
  catalogue.registryAuths.push({ id: ids.decimal(catalogue.registryAuths), name, username, password });
  return switches.registryAuthSave === 'noContent' ? { status: 204, deliberate: true } : ok({});
}

function deleteAuth({ catalogue, fleet }: World, { id }: { id: string }) {
  const index = catalogue.registryAuths.findIndex((auth) => auth.id === id);
  if (index < 0) throw new Refusal(400, 'RESOURCE_NOT_FOUND', 'registry auth not found');
  const isUsed = [...fleet.machines.values()].some(
    (machine) => machine.imageAuthId === id && machine.status !== 'removed',
  );
  if (isUsed) throw new Refusal(400, 'IMAGE_AUTH_IN_USE', 'an instance uses the registry auth');
  catalogue.registryAuths.splice(index, 1);
  fleet.changed();
  return ok({});
}
