import { sql } from 'kysely';
import type { Database } from '../database/pool.js';
import { JUMP_MS } from '../time/shared-clock.js';

const SLACK = sql`make_interval(secs => ${sql.lit(JUMP_MS / 1000)})`;
/** How far the library itself may move its times into the future. */
const BACKOFF = sql`make_interval(mins => 10)`;

/** Replaces a time in the future by now. */
const notAfterNow = (column: string) => {
  const moment = sql.ref(column);
  return sql`${moment} = CASE WHEN ${moment} > now() THEN now() ELSE ${moment} END`;
};

const QUEUE_MOMENTS = ['monitor_claim_on', 'monitor_on', 'maintain_on', 'retained_on', 'delta_on'];
const VERSION_MOMENTS = ['cron_on', 'bam_on', 'flow_on', 'reindex_on'];

/**
 * Repairs times that the job library wrote while the clock of the database was ahead. Until they come, waiting jobs would not start, and
 * jobs of dead workers would not be taken back. Such times become now, since the real ones are unknown. A requested start time stays.
 */
export const resetFutureTimes = async (database: Database): Promise<void> => {
  await sql`
    UPDATE pgboss.job SET
      start_after = CASE WHEN state = 'retry' OR created_on > now() THEN least(start_after, now()) ELSE start_after END,
      ${sql.join(['created_on', 'started_on', 'heartbeat_on'].map(notAfterNow))}
    WHERE state <= 'active' AND (
      greatest(created_on, started_on, heartbeat_on) > now() + ${SLACK}
      OR (state = 'retry' AND start_after > now() + ${SLACK} + make_interval(secs => coalesce(retry_delay_max, retry_delay)))
    )`.execute(database);
  await sql`
    UPDATE pgboss.queue SET ${sql.join(QUEUE_MOMENTS.map(notAfterNow))}
    WHERE greatest(${sql.join(QUEUE_MOMENTS.map((moment) => sql.ref(moment)))}) > now() + ${SLACK}`.execute(database);
  await sql`
    UPDATE pgboss.version SET
      ${sql.join(VERSION_MOMENTS.map(notAfterNow))},
      monitor_backoff_on = CASE WHEN monitor_backoff_on > now() + ${BACKOFF} THEN now() ELSE monitor_backoff_on END
    WHERE greatest(${sql.join(VERSION_MOMENTS.map((moment) => sql.ref(moment)))}) > now() + ${SLACK}
      OR monitor_backoff_on > now() + ${BACKOFF}`.execute(database);
};
