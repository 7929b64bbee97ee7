import type { Facts, Instance } from '../../../src/novita-instances/domain/instance.js';
import { isAlive } from '../sim-machine.js';
import { databaseWentBack } from './excuses.js';
import type { Excuse, Law } from './law.js';
import type { Scene } from './scene.js';

const oldMachineWasBeyondHelp: Excuse<Instance> = {
  when: 'the old machine was gone, or did not run',
  why: 'then any machine is better',
  applies: ({ world }, { machineId }) => {
    const machine = world.novita.machines.get(machineId ?? '');
    return !machine || !isAlive(machine) || machine.status !== 'running';
  },
};

const wasCondemned: Excuse<{ id: string; facts: Facts }> = {
  when: 'an operator, or a release that knows no successor, has decided that the machine is deleted',
  why: 'then the replacement has failed',
  applies: (_, { id, facts }) => facts.machines.some(({ machineId, condemnedAt }) => machineId === id && condemnedAt),
};

const drainsStill = ({ replacement }: Instance, machineId: string, scene: Scene): boolean =>
  replacement?.draining?.machineId === machineId && scene.leastAgeMs(replacement.draining.until) < 0;

export const safeReplacement: Law = {
  name: 'safe-replacement',
  sentence:
    'A new machine takes over only when its workload has answered. Until then the old machine stays, and its disk is not touched; after that it drains.',
  excuses: [oldMachineWasBeyondHelp, wasCondemned, databaseWentBack],
  checks: {
    *committed({ before, after }, scene) {
      const { replacement } = before;
      if (!replacement?.successorId || after.machineId !== replacement.successorId) return;
      if (!replacement.readiness.readyAt && !oldMachineWasBeyondHelp.applies(scene, before)) {
        yield `${before.id} changes to ${after.machineId}, whose workload has not answered, from a machine that runs`;
      }
    },
    *requestLeaves({ verb, machine: { id }, facts }, scene) {
      const { instance } = facts;
      if (verb !== 'delete' || instance.desired !== 'running' || instance.progress.failure) return;
      if (wasCondemned.applies(scene, { id, facts }) || databaseWentBack.applies(scene)) return;
      if (instance.replacement?.successorId === id) yield `deletes ${id}, which is to take over`;
      if (drainsStill(instance, id, scene)) yield `deletes ${id} before it has drained`;
    },
    *instanceAtRest({ instance: { id, replacement } }) {
      if (replacement) yield `${id} is still being replaced (${replacement.phase})`;
    },
  },
};
