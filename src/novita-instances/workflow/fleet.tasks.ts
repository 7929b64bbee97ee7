import type { BackgroundTask, Lease } from '../../timetable/background-task.js';
import type { Core } from './compose-core.js';

/** How often the fleet is driven. The simulation, which need not ask every moment, brings a pace of its own. */
export interface FleetPace {
  lease: Lease;
  wakeEveryMs: () => number;
  watchEveryMs: () => number;
  longestMs: number;
}

/** A dead leader is replaced after this. Longer delays every probe and deadline by as much. Older builds share this lease. */
const LEASE_SECONDS = 8;
const WAKE_EVERY_MS = 200;
const WATCH_EVERY_MS = 250;
/** A machine that begins to move is noticed so much later, of the two seconds after which it is looked at. */
const WATCH_QUIET_FLEET_EVERY_MS = 1_000;

export const servicePace = ({ watch }: Pick<Core, 'watch'>): FleetPace => ({
  lease: { name: 'fleet', seconds: () => LEASE_SECONDS },
  wakeEveryMs: () => WAKE_EVERY_MS,
  watchEveryMs: () => (watch.isMoving ? WATCH_EVERY_MS : WATCH_QUIET_FLEET_EVERY_MS),
  longestMs: WATCH_QUIET_FLEET_EVERY_MS,
});

/**
 * What drives the fleet, on one replica at a time: it wakes the instances whose time has come and looks at the machines. Two tasks,
 * since a slow Novita may slow the looks and not the wake-ups.
 */
export const fleetTasks = ({ waker, watch }: Pick<Core, 'waker' | 'watch'>, pace: FleetPace): BackgroundTask[] => [
  {
    name: 'due-instances',
    description: 'Wakes the instances whose time has come. Without it, deadlines, probes and retries wait.',
    lease: pace.lease,
    periodMs: pace.wakeEveryMs,
    longestPeriodMs: pace.longestMs,
    run: async () => ({ due: await waker.tick() }),
  },
  {
    name: 'fleet-sweep',
    description:
      'Looks at the machines at Novita. Without it, nothing that happens to a machine is noticed, and no delete is proved.',
    lease: pace.lease,
    periodMs: pace.watchEveryMs,
    longestPeriodMs: pace.longestMs,
    run: async () => ({ ...(await watch.tick()) }),
  },
];
