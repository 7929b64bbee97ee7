/** Reads the table of the job library. Only the library and `future-times` write to it. */
import { Inject, Injectable } from '@nestjs/common';
import { type RawBuilder, sql } from 'kysely';
import { DATABASE } from '../database/database.module.js';
import type { Database } from '../database/pool.js';
import { pageOf } from '../http/page.js';
import type { JobState } from '../vocabulary/job-state.js';

export interface JobRecord {
  id: string;
  name: string;
  state: JobState;
  data: Record<string, unknown>;
  key: string | null;
  retryCount: number;
  retryLimit: number;
  error: string | null;
  createdAt: Date;
  startAfter: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
}

/** The end of a page: the time of the last job (to the microsecond, as the database writes it) and its id. */
export interface JobPosition {
  createdAt: string;
  id: string;
}

export interface JobFilter {
  state?: JobState;
  name?: string;
  after?: JobPosition;
  limit: number;
}

const STORED_STATES: Record<JobState, string> = {
  waiting: 'created',
  retrying: 'retry',
  running: 'active',
  done: 'completed',
  dead: 'failed',
  cancelled: 'cancelled',
};

const OUR_STATE = sql`CASE state::text ${sql.join(
  Object.entries(STORED_STATES).map(([ours, stored]) => sql`WHEN ${sql.lit(stored)} THEN ${sql.lit(ours)}`),
  sql` `,
)} END`;

const COLUMNS = sql`
  id, name, ${OUR_STATE} AS state, coalesce(data, '{}') AS data, singleton_key AS key,
  retry_count AS "retryCount", retry_limit AS "retryLimit",
  CASE WHEN state IN ('retry', 'failed') THEN coalesce(output->>'message', output->'value'->>'message') END AS error,
  created_on AS "createdAt", start_after AS "startAfter", started_on AS "startedAt", completed_on AS "finishedAt",
  to_char(created_on AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS position`;

export const JOB_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export const isJobId = (text: string): boolean => JOB_ID.test(text);

@Injectable()
export class JobHistory {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** Newest first. `next` is null on the last page. */
  async list(filter: JobFilter): Promise<{ jobs: JobRecord[]; next: JobPosition | null }> {
    const conditions: RawBuilder<unknown>[] = [sql`true`];
    if (filter.state) conditions.push(sql`state = ${STORED_STATES[filter.state]}::pgboss.job_state`);
    if (filter.name) conditions.push(sql`name = ${filter.name}`);
    if (filter.after) {
      conditions.push(sql`(created_on, id) < (${filter.after.createdAt}::timestamptz, ${filter.after.id}::uuid)`);
    }
    const { rows } = await sql<JobRecord & { position: string }>`
      SELECT ${COLUMNS} FROM pgboss.job WHERE ${sql.join(conditions, sql` AND `)}
      ORDER BY created_on DESC, id DESC LIMIT ${filter.limit + 1}`.execute(this.database);
    const { rows: jobs, last } = pageOf(rows, filter.limit);
    return { jobs, next: last && { createdAt: last.position, id: last.id } };
  }

  async find(id: string): Promise<JobRecord | null> {
    if (!isJobId(id)) return null;
    const { rows } = await sql<JobRecord>`SELECT ${COLUMNS} FROM pgboss.job WHERE id = ${id}::uuid`.execute(
      this.database,
    );
    return rows[0] ?? null;
  }

  async isAnotherWaiting(name: string, key: string): Promise<boolean> {
    const { rows } = await sql`
      SELECT 1 FROM pgboss.job WHERE name = ${name} AND singleton_key = ${key} AND state < 'active' LIMIT 1`.execute(
      this.database,
    );
    return rows.length > 0;
  }

  /** Ids of finished (not dead) jobs that may be removed, at most 1,000. */
  async findFinishedBefore(name: string, keepSeconds: number, limit: number): Promise<string[]> {
    const { rows } = await sql<{ id: string }>`
      SELECT id FROM pgboss.job
      WHERE name = ${name} AND state = 'completed' AND completed_on < now() - ${keepSeconds} * interval '1 second'
      LIMIT ${limit}`.execute(this.database);
    return rows.map((row) => row.id);
  }
}
