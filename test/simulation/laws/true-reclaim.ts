import type { Change } from '../../../src/novita-instances/store/instance-store.js';
import { noticeOf } from '../../../src/novita-instances/domain/reclaim.js';
import { isAlive, type SimMachine } from '../sim-machine.js';
import { STEP_MS } from './allowances.js';
import { databaseWentBack, wrongAccountLately } from './excuses.js';
import type { Excuse, Law } from './law.js';
import type { Scene } from './scene.js';

/** How long a withdrawn notice may still be acted on: a quiet fleet is listed every half minute, when all goes well. */
const STALE_MS = 900_000;

const isFresh = (at: number | null, ms: number, { world }: Scene): boolean => at !== null && world.time.now - at < ms;

const isAnnounced = ({ reclaim: { noticedAt, calledOffAt, takenAt } }: SimMachine, scene: Scene): boolean =>
  noticedAt !== null || takenAt !== null || isFresh(calledOffAt, STALE_MS, scene);

const startedJustNow: Excuse<SimMachine> = {
  when: `the machine was started again within the last ${STEP_MS / 1000} seconds`,
  why: 'a start that was under way may come true in the same moment',
  applies: (scene, { startedAt }) => isFresh(startedAt, STEP_MS, scene),
};

const noticeChangedLately: Excuse<SimMachine> = {
  when: `the notice was withdrawn within the last ${STALE_MS / 60_000} minutes`,
  why: 'only a look shows it',
  applies: (scene, { reclaim }) => isFresh(reclaim.calledOffAt, STALE_MS, scene),
};

/** Whether the instance lets go of its machine by its own judgement, and is to run on without it. */
const letsGo = ({ before, after }: Change): boolean =>
  before.machineId !== null &&
  after.machineId === null &&
  // what has failed is another law's
  after.progress.broken?.machineId !== before.machineId &&
  before.desired === 'running' &&
  after.desired === 'running' &&
  before.progress.failure === null &&
  after.progress.failure === null &&
  before.generation === after.generation;

export const trueReclaim: Law = {
  name: 'true-reclaim',
  sentence:
    'A machine is replaced for a reclaim only after its notice, and its instance lets go of it only when Novita has taken it, as `onReclaim` says. At rest no notice is told that is not true.',
  excuses: [databaseWentBack, wrongAccountLately, startedJustNow, noticeChangedLately],
  checks: {
    *committed(change, scene) {
      if (databaseWentBack.applies(scene) || wrongAccountLately.applies(scene)) return;
      const { before, after } = change;
      const { novita } = scene.world;
      const machine = novita.machines.get(before.machineId ?? '');
      if (!before.replacement && after.replacement?.reason === 'reclaim') {
        if (after.spec.onReclaim !== 'replace') yield `${after.id} is replaced although onReclaim does not say so`;
        if (machine && !isAnnounced(machine, scene)) yield `${after.id} is replaced, and no reclaim is announced`;
      }
      if (!machine || !letsGo(change)) return;
      const isTaken = !isAlive(machine) || machine.removedBy === 'novita' || machine.status === 'exited';
      const wasTaken = machine.reclaim.takenAt !== null || machine.removedBy !== null;
      if (!wasTaken || (!isTaken && !startedJustNow.applies(scene, machine))) {
        yield `${after.id} lets go of ${machine.id}, which Novita has not taken`;
      }
    },
    *instanceAtRest({ instance }, scene) {
      const machine = scene.world.novita.machines.get(instance.machineId ?? '');
      if (!machine || instance.desired !== 'running' || instance.progress.failure) return;
      if (!noticeOf(instance, machine.id) || noticeChangedLately.applies(scene, machine)) return;
      if (machine.spotStatus !== 'notified' && machine.spotStatus !== 'reclaiming') {
        yield `${instance.id} tells of a reclaim of ${machine.id}, which is over`;
      }
    },
  },
};
