import type { Snapshot } from '../../../src/novita-instances/domain/instance.js';
import { shownBroken } from '../../../src/novita-instances/domain/recovery.js';
import { costOf, ofProject } from './kept-limits.js';
import type { Excuse, Law } from './law.js';
import { isTooDear } from './price-cap.js';
import type { Scene } from './scene.js';

const RESTING = new Set(['ready', 'stopped', 'failed', 'deleted']);

const isTooDearToStart: Excuse<Snapshot> = {
  when: "its machine is stopped, and starting it costs more than the instance's cap",
  why: 'it waits for a lower price',
  applies: (scene, { instance }) => {
    const machine = scene.world.novita.machines.get(instance.machineId ?? '');
    return machine?.status === 'exited' && isTooDear(machine, instance, scene);
  },
};

const workloadIsSilent: Excuse<Snapshot> = {
  when: 'it is unready, and its workload does not answer',
  why: 'the workload belongs to the caller',
  applies: ({ world }, { instance }) => {
    const machine = world.novita.machines.get(instance.machineId ?? '');
    return instance.toldStatus === 'unready' && machine !== undefined && machine.workloadAt > world.time.now;
  },
};

const isOverLimit: Excuse<Snapshot> = {
  when: 'the machines of its project cost so much that the cheapest more would be beyond the limit',
  why: 'it waits until the limit is raised, or another is deleted',
  applies: (scene, { instance: { id, projectId, progress, spec } }) => {
    const most = scene.world.limits.get(projectId)?.maxPricePerHour ?? null;
    // while it waits for the limit it is handed an offer again and again
    const { waitingFor } = progress.placement;
    if (most === null || (waitingFor !== 'quota' && waitingFor !== 'capacity')) return false;
    const others = ofProject(scene, projectId).filter(({ instance }) => instance.id !== id);
    const prices = scene.world.novita.offers.map((offer) =>
      spec.billingMode === 'spot' ? offer.spotPrice : offer.price,
    );
    return others.reduce((sum, other) => sum + costOf(other), 0) + Math.min(...prices) * spec.gpuNum > most;
  },
};

const waitsForItsTurn: Excuse<Snapshot> = {
  when: 'its machine has failed, and may be replaced only later',
  why: 'only so many machines are replaced within an hour, each one later than the last',
  applies: (scene, { instance }) => {
    const delay = shownBroken(instance)?.delay;
    return instance.replacement === null && delay !== undefined && delay !== null && scene.leastAgeMs(delay.until) <= 0;
  },
};

/** Updates of instances that do not run wait until they do. */
const isUpdating = ({ instance: { toldStatus, update } }: Snapshot): boolean =>
  toldStatus === 'ready' && update !== null && !update.isSettled;

/** Whether nothing more happens to the instance by itself. */
export const isAtRest = (snapshot: Snapshot, scene: Scene): boolean =>
  (RESTING.has(snapshot.instance.toldStatus) && !snapshot.instance.replacement && !isUpdating(snapshot)) ||
  isTooDearToStart.applies(scene, snapshot) ||
  workloadIsSilent.applies(scene, snapshot) ||
  isOverLimit.applies(scene, snapshot) ||
  waitsForItsTurn.applies(scene, snapshot);

export const comesToRest: Law = {
  name: 'comes-to-rest',
  sentence:
    'When nothing goes wrong any more, each instance soon becomes ready, stopped, failed or deleted, and an operator can end the freeze.',
  excuses: [isTooDearToStart, workloadIsSilent, isOverLimit, waitsForItsTurn],
  checks: {
    *instanceAtRest(snapshot, scene) {
      const { id, toldStatus, desired } = snapshot.instance;
      if (!isAtRest(snapshot, scene)) yield `${id} is still ${toldStatus} (wanted ${desired})`;
    },
    *deploymentAtRest(_, { world }) {
      if (world.store.guardNow().frozen) yield 'still frozen';
    },
  },
};
