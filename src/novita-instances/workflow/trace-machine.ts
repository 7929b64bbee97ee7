import type { SeenMachine } from '../../novita-api/novita-client.js';
import type { Tagger } from '../domain/tag.js';
import type { Sighting, Stranger } from '../store/instance-store.js';

/**
 * Whose machine this is: by our tag in its name, or because we hold its id. Null: not ours. The tag in its environment proves
 * nothing by itself, since a person's copy of our machine has our environment too.
 */
export const traceMachine = (machine: SeenMachine, tagger: Tagger, heldBy: string | null): Sighting | null => {
  const tag = tagger.read(machine.name);
  const instanceId = heldBy ?? tag?.instanceId;
  if (!instanceId) return null;
  return {
    machineId: machine.machineId,
    instanceId,
    attemptNumber: tag?.attempt ?? 0,
    observation: observationOf(machine),
    access: accessOf(machine),
  };
};

export const strangerFrom = (machine: SeenMachine, sighting: Sighting | null): Stranger => ({
  machineId: machine.machineId,
  name: machine.name,
  instanceId: sighting?.instanceId ?? null,
  attemptNumber: sighting?.attemptNumber ?? null,
  observation: observationOf(machine),
  make: machine.make,
});

const observationOf = ({ state, statusWord, failure, endpoints, spot }: SeenMachine): Sighting['observation'] => ({
  state,
  statusWord,
  failure,
  endpoints,
  spot: spot && { state: spot.state, reclaimAt: spot.reclaimAt?.toISOString() ?? null },
});

/** Null also when a look by id shows no way in yet: then what is known stays, and somebody asks again. */
const accessOf = ({ access }: SeenMachine): Sighting['access'] => {
  if (!access) return null;
  const { sshCommand, sshPassword, webTerminal, jupyterUrl } = access;
  return sshCommand === null && webTerminal === null && jupyterUrl === null
    ? null
    : { sshCommand, sshPassword, webTerminal, jupyterUrl };
};
