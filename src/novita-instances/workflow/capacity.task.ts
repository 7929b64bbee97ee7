import type { BackgroundTask } from '../../timetable/background-task.js';
import type { Core } from './compose-core.js';
import type { FleetPace } from './fleet.tasks.js';

/** How often the task runs. It looks at the catalogue much less often: see capacity-watch.ts. */
export interface CapacityPace {
  lease: FleetPace['lease'];
  everyMs: () => number;
  longestMs: number;
}

/** After a purchase the next instance is handed the next machine so soon. */
const WAITED_FOR_EVERY_MS = 1_000;
/** An instance that begins to wait is seen so late. */
const QUIET_EVERY_MS = 5_000;

export const serviceCapacityPace = (
  { capacity }: Pick<Core, 'capacity'>,
  { lease }: Pick<FleetPace, 'lease'>,
): CapacityPace => ({
  lease,
  everyMs: () => (capacity.isWaitedFor ? WAITED_FOR_EVERY_MS : QUIET_EVERY_MS),
  longestMs: QUIET_EVERY_MS,
});

export const capacityTask = ({ capacity }: Pick<Core, 'capacity'>, pace: CapacityPace): BackgroundTask => ({
  name: 'capacity-watch',
  description:
    'Looks at the catalogue for all instances that wait for capacity, and hands them the free offers. Without it, they wait until their deadline.',
  lease: pace.lease,
  periodMs: pace.everyMs,
  longestPeriodMs: pace.longestMs,
  run: () => capacity.tick(),
});
