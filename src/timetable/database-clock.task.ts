import type { DatabaseTime } from '../database/database-time.driver.js';
import type { BackgroundTask } from './background-task.js';

/** A failover may bring another clock, and a replica that starts before a jump was noticed takes the new time for the right one. */
const EVERY_MS = 10_000;

export const databaseClockTask = (time: DatabaseTime): BackgroundTask => ({
  name: 'database-clock',
  description:
    'Asks the database what time it is. Without it, replicas drift apart and a jump of the database’s clock goes unnoticed.',
  lease: null,
  periodMs: () => EVERY_MS,
  longestPeriodMs: EVERY_MS,
  run: async () => {
    await time.look();
    return { aheadSeconds: time.aheadSeconds, jumps: time.jumps };
  },
});
