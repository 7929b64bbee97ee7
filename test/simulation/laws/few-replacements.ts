import type { Change } from '../../../src/novita-instances/store/instance-store.js';
import { HOUR_MS } from './allowances.js';
import { clocksDiffer, databaseWentBack } from './excuses.js';
import type { Law } from './law.js';

/** When a replacement may begin that this commit decides on, in virtual milliseconds. Null: it decides on none. */
const begunBy = ({ before, after, events = [] }: Change, now: number): number | null => {
  const hasBegun = events.some(({ type, data }) => type === 'replacement.begun' && data.reason === 'failure');
  if (hasBegun) return now;
  const isLetGo =
    before.machineId !== null &&
    after.machineId === null &&
    after.progress.broken?.machineId === before.machineId &&
    before.replacement?.phase !== 'placing';
  if (!isLetGo) return null;
  return Math.max(now, after.progress.broken?.delay?.until.getTime() ?? now);
};

export const fewReplacements: Law = {
  name: 'few-replacements',
  sentence:
    'Within an hour no more machines of an instance are replaced since they failed than the operator allows, and none is bought before its time.',
  excuses: [databaseWentBack, clocksDiffer],
  checks: {
    *committed(change, scene) {
      const { world } = scene;
      const at = begunBy(change, world.time.now);
      if (at === null) return;
      const { id } = change.after;
      const earlier = scene.replacementsBegun.get(id) ?? [];
      const most = world.policy.maxReplacementsPerHour;
      // stored times are whole milliseconds, by clocks that differ
      const lately = earlier.filter((other) => at - other < HOUR_MS - 2 * world.skewMs - 5);
      scene.replacementsBegun.set(id, [...earlier, at]);
      if (lately.length >= most && !databaseWentBack.applies(scene)) {
        yield `${id} gets replacement ${lately.length + 1} within an hour`;
      }
    },
    *recordedCreateLeaves({ name, snapshot: { instance } }, scene) {
      const { broken } = instance.progress;
      if (instance.machineId !== null || instance.replacement || !broken?.delay) return;
      const earlyMs = broken.delay.until.getTime() - scene.world.time.now;
      if (earlyMs > scene.world.skewMs + 5 && !databaseWentBack.applies(scene)) {
        yield `${name} leaves ${Math.round(earlyMs / 1000)} s before a replacement may begin`;
      }
    },
  },
};
