import type { Change } from '../../../src/novita-instances/store/instance-store.js';
import type { Snapshot } from '../../../src/novita-instances/domain/instance.js';
import type { Law } from './law.js';
import type { Scene } from './scene.js';

/** What its machines and its creates under way cost, in 1/100000 USD per hour. */
export const costOf = ({ instance, attempts, machines }: Snapshot): number => {
  const live = new Set(
    machines
      .filter(({ goneAt, observation }) => goneAt === null && !['exited', 'removed'].includes(observation.state))
      .map(({ attemptNumber }) => attemptNumber),
  );
  const costly = attempts.filter(
    ({ number, state }) => live.has(number) || state === 'SENDING' || state === 'AMBIGUOUS',
  );
  return costly.reduce((sum, { offer }) => sum + offer.pricePerGpuHour * instance.spec.gpuNum, 0);
};

const isBought = ({ attempts = [] }: Change): boolean => attempts.some(({ state }) => state === 'SENDING');

/** The instances of a project that are not deleted. */
export const ofProject = (scene: Scene, projectId: string): Snapshot[] =>
  scene.world.store
    .allSnapshots()
    .filter(({ instance }) => instance.projectId === projectId && instance.deletedAt === null);

export const keptLimits: Law = {
  name: 'kept-limits',
  sentence: 'No instance is taken, and no machine bought, beyond the limits of its project.',
  excuses: [],
  checks: {
    *committed(change, scene) {
      const { projectId } = change.after;
      const most = scene.world.limits.get(projectId)?.maxPricePerHour ?? null;
      if (most === null || !isBought(change)) return;
      const cost = ofProject(scene, projectId).reduce((sum, snapshot) => sum + costOf(snapshot), 0);
      if (cost > most) yield `${change.after.id} makes its project cost ${cost} of ${most}`;
    },
    *createAnswered({ key, madeIn, earlierId }, scene) {
      const most = scene.world.limits.get(madeIn)?.maxInstances ?? null;
      if (most === null || earlierId !== null) return;
      const count = ofProject(scene, madeIn).length;
      if (count > most) yield `${key} makes ${count} instances of ${most}`;
    },
  },
};
