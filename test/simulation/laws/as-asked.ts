import type { SimMachine } from '../sim-machine.js';
import { databaseWentBack } from './excuses.js';
import type { Excuse, Law } from './law.js';

const wasChangedLate: Excuse<SimMachine> = {
  when: 'Novita carried out a change of the machine twice, or more than a minute late',
  why: 'the answer to such a request was given up, and the machine was read before it was carried out',
  applies: ({ updates }, { id }) => updates.wasLate(id),
};

export const asAsked: Law = {
  name: 'as-asked',
  sentence:
    'At rest the machine of a ready instance is what the instance asks for, and the instance asks for what the last update said, unless that has failed. No update is pending then.',
  excuses: [databaseWentBack, wasChangedLate],
  checks: {
    *instanceAtRest({ instance }, scene) {
      const { id, spec, update, toldStatus, machineId } = instance;
      if (toldStatus !== 'ready' || databaseWentBack.applies(scene)) return;
      if (update && !update.isSettled) yield `${id} is ready, and its update is still ${update.state}`;
      const machine = scene.world.novita.machines.get(machineId ?? '');
      const asked = scene.updates.lastAsked(id);
      if (asked && update?.state !== 'failed' && update?.generation === asked.generation) {
        if (spec.image !== asked.spec.image)
          yield `${id} asks for ${spec.image ?? ''}, and not for ${asked.spec.image ?? ''}`;
        if (spec.rootfsSizeGb !== asked.spec.rootfsSizeGb) yield `${id} does not ask for the disk that was asked for`;
      }
      if (asked && spec.labels['round'] !== asked.spec.labels['round']) yield `${id} has lost labels`;
      if (!machine || wasChangedLate.applies(scene, machine)) return;
      if (machine.image !== spec.image)
        yield `${machine.id} has ${machine.image}, and ${id} asks for ${spec.image ?? ''}`;
      if (machine.command !== (spec.command ?? '')) yield `${machine.id} has another command than ${id} asks for`;
      const size = spec.rootfsSizeGb ?? 60;
      const isFailed = update?.state === 'failed';
      if (machine.rootfsSize < size || (machine.rootfsSize > size && !isFailed)) {
        yield `${machine.id} has a disk of ${machine.rootfsSize} GB, and ${id} asks for ${size}`;
      }
    },
  },
};
