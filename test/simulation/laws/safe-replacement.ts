import type { Snapshot, Instance } from '../../../src/novita-instances/domain/instance.js';
import { isAlive } from '../sim-machine.js';
import { databaseWentBack, wrongAccountLately } from './excuses.js';
import type { Excuse, Law } from './law.js';

const oldMachineWasBeyondHelp: Excuse<Instance> = {
  when: 'the instance was not ready, or the old machine was gone or did not run',
  why: 'then nothing works that could be lost',
  applies: ({ world }, { machineId, toldStatus }) => {
    const machine = world.novita.machines.get(machineId ?? '');
    return toldStatus !== 'ready' || !machine || !isAlive(machine) || machine.status !== 'running';
  },
};

const wasCondemned: Excuse<{ id: string; snapshot: Snapshot }> = {
  when: 'an operator, or a release that knows no successor, has decided that the machine is deleted',
  why: 'then the replacement has failed',
  applies: (_, { id, snapshot }) =>
    snapshot.machines.some(({ machineId, condemnedAt }) => machineId === id && condemnedAt),
};

const isReclaimedItself: Excuse<Instance> = {
  when: 'Novita takes the machine back, or has taken it, that has taken over',
  why: 'then its own replacement is more urgent, or nothing is left to be replaced',
  applies: ({ world }, { machineId }) => {
    const reclaim = world.novita.machines.get(machineId ?? '')?.reclaim;
    return reclaim !== undefined && (reclaim.noticedAt ?? reclaim.takenAt ?? reclaim.calledOffAt) !== null;
  },
};

/** Stored times are whole milliseconds, and the time of the world is not. */
const ROUNDING_MS = 2;

const isEnded = ({ desired, progress }: Instance): boolean => desired !== 'running' || progress.failure !== null;

export const safeReplacement: Law = {
  name: 'safe-replacement',
  sentence:
    'A new machine takes over only when its workload has answered. Until then the instance keeps the old machine and does not fail; after that the old machine drains.',
  excuses: [oldMachineWasBeyondHelp, isReclaimedItself, wasCondemned, wrongAccountLately, databaseWentBack],
  checks: {
    *committed({ before, after, condemned = [], events = [] }, scene) {
      const { world } = scene;
      const { replacement } = before;
      if (!replacement) return;
      const hasWorked = !oldMachineWasBeyondHelp.applies(scene, before);
      if (after.progress.failure && hasWorked && !wrongAccountLately.applies(scene)) {
        yield `${before.id} fails (${after.progress.failure.code}) while it is replaced, although its machine works`;
      }
      if (isEnded(after)) return;
      const { successorId, draining } = replacement;
      if (successorId !== null && after.machineId === successorId) {
        if (oldMachineWasBeyondHelp.applies(scene, before) || wrongAccountLately.applies(scene)) return;
        if (!replacement.readiness.readyAt) {
          yield `${before.id} changes to ${successorId}, whose workload has not answered, from a machine that runs`;
        }
        if (after.replacement?.draining?.machineId !== before.machineId)
          yield `${before.machineId ?? ''} does not drain`;
      } else if (successorId !== null && after.replacement?.successorId !== successorId) {
        if (!events.some(({ type }) => type === 'replacement.failed')) yield `${before.id} forgets ${successorId}`;
      }
      if (!draining || !condemned.includes(draining.machineId) || isReclaimedItself.applies(scene, before)) return;
      // replicas may agree on another time than the true one: then it counts how long it has drained
      const drainedMs = world.time.now - (scene.drainingSince.get(draining.machineId) ?? -Infinity);
      const leftMs = Math.min(draining.until.getTime() - world.time.now, world.policy.drainSeconds * 1000 - drainedMs);
      if (leftMs > world.skewMs + ROUNDING_MS) yield `${draining.machineId} is to go before it has drained`;
    },
    *requestLeaves({ verb, machine: { id }, snapshot }, scene) {
      const { instance } = snapshot;
      if (verb !== 'delete' || isEnded(instance)) return;
      if (wasCondemned.applies(scene, { id, snapshot }) || databaseWentBack.applies(scene)) return;
      if (instance.replacement?.successorId === id) yield `deletes ${id}, which is to take over`;
    },
    *instanceAtRest({ instance: { id, replacement } }) {
      if (replacement) yield `${id} is still being replaced (${replacement.phase})`;
    },
  },
};
