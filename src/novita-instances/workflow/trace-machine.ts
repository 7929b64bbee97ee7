import type { SeenMachine } from '../../novita-api/novita-client.js';
import type { Tagger } from '../domain/tag.js';
import type { Sighting } from '../store/instance-store.js';

/** Whose machine this is: by our tag in its name, else in its environment, else because we hold its id. Null: not ours. */
export const traceMachine = (machine: SeenMachine, tagger: Tagger, heldBy: string | null): Sighting | null => {
  const byName = tagger.read(machine.name);
  const tag = byName ?? (machine.envTag ? tagger.read(machine.envTag) : null);
  const instanceId = heldBy ?? tag?.instanceId;
  if (!instanceId) return null;
  const { machineId, state, statusWord, failure, endpoints, spot } = machine;
  return {
    machineId,
    instanceId,
    attemptNumber: tag?.attempt ?? 0,
    by: byName ? 'name' : tag ? 'environment' : 'id',
    observation: {
      state,
      statusWord,
      failure,
      endpoints,
      spot: spot && { state: spot.state, reclaimAt: spot.reclaimAt?.toISOString() ?? null },
    },
    access: accessOf(machine),
  };
};

/** Null also when a look by id shows no way in yet: then what is known stays, and somebody asks again. */
const accessOf = ({ access }: SeenMachine): Sighting['access'] => {
  if (!access) return null;
  const { sshCommand, sshPassword, webTerminal, jupyterUrl } = access;
  return sshCommand === null && webTerminal === null && jupyterUrl === null
    ? null
    : { sshCommand, sshPassword, webTerminal, jupyterUrl };
};
