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
  /** The job exists if and only if this commits. Without it, the job exists when `enqueue` resolves. */
  transaction?: Transaction<Tables>;
  /** Not before this time. A job of the same key that waits for an earlier time stays as it is. */
  startAfter?: Date;
}

@Injectable()
export class JobQueue {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(JobStore) private readonly store: JobStore,
  ) {}

  /**
   * Asks for work to be done, by any replica that works. A job with a key joins the one that already waits under that
   * key, and pulls it forward when it waited for later. The waiting job is locked until the transaction ends: it cannot
   * start before what this transaction wrote can be read.
   */
  async enqueue<T extends object>(job: JobDefinition<T>, data: T, options: EnqueueOptions = {}): Promise<void> {
    const { transaction, startAfter } = options;
    if (transaction) await this.put(transaction, job, data, startAfter);
    else await this.database.transaction().execute((own) => this.put(own, job, data, startAfter));
  }

  /**
   * Asks for the same kind of work on many things, by one statement. A job whose key waits already is left out, and the one that
   * waits is left as it is: for work whose reasons were all written before.
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
      // The library's three statements may see a job of another transaction come and begin between them, and leave nothing: then
      // the one that has begun knows nothing of what is written here. The next time it is seen to run.
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

/** Sent when the transaction commits; several in one transaction are one. */
const wake = async (transaction: Transaction<Tables>, name: string): Promise<void> => {
  await sql`SELECT pg_notify(${WAKE_CHANNEL}, ${name})`.execute(transaction);
};
