import type { DatabaseTime } from '../database/database-time.driver.js';
import type { BackgroundTask } from './background-task.js';

/** Short, since a failover may bring another clock, and a replica that starts before a jump was noticed would trust the new time. */
const EVERY_MS = 10_000;

export const databaseClockTask = (time: DatabaseTime): BackgroundTask => ({
  name: 'database-clock',
  description:
    'Reads the time of the database. Without it, the clocks of replicas drift apart, and a jump of the database’s clock goes unnoticed.',
  lease: null,
  periodMs: () => EVERY_MS,
  longestPeriodMs: EVERY_MS,
  run: async () => {
    await time.read();
    return { aheadSeconds: time.aheadSeconds, jumps: time.jumps };
  },
});
