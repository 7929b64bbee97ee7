import { isAlive, type SimMachine } from '../sim-machine.js';
import { listLiedSince, renamedByPerson, wrongAccountLately } from './excuses.js';
import type { Excuse, Law } from './law.js';

const isKnown: Excuse<{ machine: SimMachine; instanceId: string }> = {
  when: 'the machine is stored with the instance',
  why: 'it is being deleted already',
  applies: ({ world }, { machine, instanceId }) =>
    world.store.snapshotOf(instanceId)?.machines.some(({ machineId }) => machineId === machine.id) ?? false,
};

export const writtenOff: Law = {
  name: 'written-off',
  sentence: 'A create is written off only when lists from after its settle window do not show its machine.',
  excuses: [wrongAccountLately, isKnown, renamedByPerson, listLiedSince],
  checks: {
    *committed({ after, attempts = [] }, scene) {
      if (wrongAccountLately.applies(scene)) return;
      const { world } = scene;
      for (const { tag, state, settleAfter } of attempts) {
        if (state !== 'ABSENT') continue;
        const windowEndsAt = settleAfter.getTime() - 2 * world.skewMs;
        const overlooked = [...world.novita.machines.values()].find(
          (machine) =>
            machine.bornAs === tag &&
            isAlive(machine) &&
            machine.visibleAt < windowEndsAt &&
            !isKnown.applies(scene, { machine, instanceId: after.id }) &&
            !renamedByPerson.applies(scene, machine) &&
            !listLiedSince.applies(scene, machine),
        );
        if (overlooked) yield `${tag} is written off, and ${overlooked.id} was listed before its window ended`;
      }
    },
  },
};
