import { Inject, Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { fromKysely } from 'pg-boss';
import { DATABASE } from '../database/database.module.js';
import type { Database } from '../database/pool.js';
import { DomainError } from '../errors/domain-error.js';
import { DEFAULT_LIMIT } from '../http/query-fields.js';
import { Cursor, textField, timeField } from '../http/cursor.js';
import { JOB_ID, JobHistory, type JobPosition, type JobRecord } from './job-history.repository.js';
import { type JobPageDto, toJobDto } from './job.dto.js';
import { JobStore, WAKE_CHANNEL } from './job-store.js';
import type { ListJobsQuery } from './list-jobs.dto.js';

const UNIQUE_VIOLATION = '23505';

const CURSOR = new Cursor<JobPosition>({ createdAt: timeField, id: textField(JOB_ID) });

/** Lists jobs for operators, and retries dead ones. */
@Injectable()
export class JobsService {
  constructor(
    @Inject(JobHistory) private readonly history: JobHistory,
    @Inject(JobStore) private readonly store: JobStore,
    @Inject(DATABASE) private readonly database: Database,
  ) {}

  async list(query: ListJobsQuery): Promise<JobPageDto> {
    const { jobs, next } = await this.history.list({
      limit: query.limit ?? DEFAULT_LIMIT,
      ...(query.state && { state: query.state }),
      ...(query.name && { name: query.name }),
      ...(query.cursor !== undefined && { after: CURSOR.decode(query.cursor) }),
    });
    return { data: jobs.map(toJobDto), nextCursor: next && CURSOR.encode(next) };
  }

  async get(id: string): Promise<JobRecord> {
    const job = await this.history.find(id);
    if (!job) throw new DomainError('JOB_NOT_FOUND', `There is no job ${id}.`);
    return job;
  }

  /** @throws DomainError JOB_NOT_FOUND or JOB_NOT_RETRYABLE */
  async retry(id: string): Promise<JobRecord> {
    const job = await this.get(id);
    if (job.state !== 'dead') {
      throw new DomainError('JOB_NOT_RETRYABLE', `The job is ${job.state}. Only a dead job can be retried.`);
    }
    try {
      // uses our connections, since those of the library wait longer than a caller should
      await this.store.boss.retry(job.name, job.id, { db: fromKysely(this.database) });
    } catch (error) {
      if ((error as { code?: unknown }).code !== UNIQUE_VIOLATION) throw error;
      throw new DomainError(
        'JOB_NOT_RETRYABLE',
        'Another job with the same key already waits for its retry, and will do the same work.',
      );
    }
    await sql`SELECT pg_notify(${WAKE_CHANNEL}, ${job.name})`.execute(this.database);
    return this.get(id);
  }
}
