import { Inject, Injectable } from '@nestjs/common';
import { sql, type Transaction } from 'kysely';
import { fromKysely } from 'pg-boss';
import { DATABASE } from '../database/database.module.js';
import type { Database } from '../database/pool.js';
import type { Tables } from '../database/tables.js';
import type { JobDefinition } from './job-definition.js';
import { withTrace } from './job.spans.js';
import { JobStore, WAKE_CHANNEL } from './job-store.js';

const MAX_TRIES = 5;

export interface EnqueueOptions {
  /** The job exists if and only if this transaction commits. Without one, it exists when `enqueue` resolves. */
  transaction?: Transaction<Tables>;
  /** The job does not start earlier. A job with the same key that waits for an earlier time is unchanged. */
  startAfter?: Date;
}

@Injectable()
export class JobQueue {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(JobStore) private readonly store: JobStore,
  ) {}

  /**
   * Enqueues a job for any replica that runs jobs. If a job with the same key waits, none is added, and the waiting job is moved forward
   * if it was due later. The waiting job is locked until the transaction ends, so it cannot start before this transaction's changes are
   * visible.
   */
  async enqueue<T extends object>(job: JobDefinition<T>, data: T, options: EnqueueOptions = {}): Promise<void> {
    const { transaction, startAfter } = options;
    if (transaction) await this.put(transaction, job, data, startAfter);
    else await this.database.transaction().execute((own) => this.put(own, job, data, startAfter));
  }

  /**
   * Enqueues many jobs of one kind by one statement. Keys with a waiting job are skipped, and that job is unchanged. Use it only for work
   * whose reasons were committed before.
   */
  async enqueueAll<T extends object>(job: JobDefinition<T>, all: T[], transaction: Transaction<Tables>): Promise<void> {
    if (all.length === 0) return;
    const jobs = all.map((data) => ({ data: withTrace(data), ...(job.key && { singletonKey: job.key(data) }) }));
    await this.store.boss.insert(job.name, jobs, { db: fromKysely(transaction) });
    await wake(transaction, job.name);
  }

  private async put<T extends object>(
    transaction: Transaction<Tables>,
    job: JobDefinition<T>,
    data: T,
    startAfter: Date | undefined,
  ): Promise<void> {
    const db = fromKysely(transaction);
    const key = job.key?.(data);
    if (key === undefined) {
      await this.store.boss.send(job.name, withTrace(data), { db, ...(startAfter && { startAfter }) });
    } else {
      if (startAfter && (await this.waitsUntil(transaction, job.name, key, startAfter))) return;
      const options = { db, singletonKey: key, startAfter: startAfter ?? 0 };
      // A job of another transaction may appear and start between the library's three statements, so that none waits: the running job does
      // not know what this transaction writes. The next try sees it running.
      for (let tries = 1; ; tries++) {
        const { updated, inserted } = await this.store.boss.upsert(job.name, withTrace(data), options);
        if (updated + inserted > 0) break;
        if (tries === MAX_TRIES) throw new Error(`job ${job.name} ${key} could not be enqueued: it keeps changing`);
      }
    }
    if (!startAfter) await wake(transaction, job.name);
  }

  private async waitsUntil(
    transaction: Transaction<Tables>,
    name: string,
    key: string,
    latest: Date,
  ): Promise<boolean> {
    const waiting = await this.store.boss.findJobs(name, { key, queued: true, db: fromKysely(transaction) });
    return waiting.some((job) => job.startAfter <= latest);
  }
}

/** The notification is sent when the transaction commits, once for each transaction. */
const wake = async (transaction: Transaction<Tables>, name: string): Promise<void> => {
  await sql`SELECT pg_notify(${WAKE_CHANNEL}, ${name})`.execute(transaction);
};
