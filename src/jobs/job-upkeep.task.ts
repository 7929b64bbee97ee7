import type { Database } from '../database/pool.js';
import type { BackgroundTask, StatusValue } from '../timetable/background-task.js';
import { resetFutureTimes } from './future-times.js';
import type { JobHistory } from './job-history.repository.js';
import type { JobStore } from './job-store.js';
import type { AnyJobDefinition } from './match-handlers.js';

const EVERY_MS = 60_000;
const LEASE_SECONDS = 20;
/** The most jobs that one statement removes. A large fleet finishes more in a minute, so a run uses up to TRIM_ROUNDS statements. */
const TRIM_AT_ONCE = 1_000;
const TRIM_ROUNDS = 20;

/**
 * Repairs and cleans the queue: jobs must not wait because the database's clock went back, and finished jobs are kept as long as their
 * definition says. The job library removes dead jobs.
 */
export const jobUpkeepTask = (
  database: Database,
  store: JobStore,
  history: JobHistory,
  definitions: readonly AnyJobDefinition[],
): BackgroundTask => ({
  name: 'job-upkeep',
  description:
    'Removes finished jobs, and repairs times in the queue that a wrong database clock set in the future. Without it, the queue grows.',
  lease: { name: 'jobs', seconds: () => LEASE_SECONDS },
  periodMs: () => EVERY_MS,
  longestPeriodMs: EVERY_MS,
  run: async (signal): Promise<StatusValue> => {
    await resetFutureTimes(database);
    let removed = 0;
    for (const { name, keepFinishedSeconds } of definitions) {
      for (let round = 0; round < TRIM_ROUNDS && !signal.aborted; round += 1) {
        const ids = await history.findFinishedBefore(name, keepFinishedSeconds, TRIM_AT_ONCE);
        if (ids.length > 0) await store.boss.deleteJob(name, ids);
        removed += ids.length;
        if (ids.length < TRIM_AT_ONCE) break;
      }
    }
    return { removed };
  },
});
