import { sql } from 'kysely';
import type { Database } from '../database/pool.js';
import { JUMP_MS } from '../time/shared-clock.js';

const SLACK = sql`make_interval(secs => ${sql.lit(JUMP_MS / 1000)})`;
/** The library may put its own figures off for so long. */
const BACKOFF = sql`make_interval(mins => 10)`;

/** A moment that has not come yet becomes now. */
const notAfterNow = (column: string) => {
  const moment = sql.ref(column);
  return sql`${moment} = CASE WHEN ${moment} > now() THEN now() ELSE ${moment} END`;
};

const QUEUE_MOMENTS = ['monitor_claim_on', 'monitor_on', 'maintain_on', 'retained_on', 'delta_on'];
const VERSION_MOMENTS = ['cron_on', 'bam_on', 'flow_on', 'reindex_on'];

/**
 * While the clock of the database was ahead, the job library wrote moments that come only as much later as it jumped: until then a
 * waiting job would not start, a dead worker's job would not be taken back, and nobody would look for such jobs. They become now, since
 * nobody knows how long ago they were. A start that was asked for by its time stays as it is.
 */
export const forgetTheFuture = async (database: Database): Promise<void> => {
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
