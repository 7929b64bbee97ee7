import { Inject, Injectable, Logger } from '@nestjs/common';
import { Batcher } from '../time/batcher.js';
import type { ClaimedJob } from './claimed-job.js';
import { JobHistory } from './job-history.repository.js';
import { JobStore } from './job-store.js';
import type { FoundHandler } from './match-handlers.js';
import type { RunningJob, RunOutcome } from './running-job.js';

/** Waits so that jobs which finish together are completed in one statement, and the next jobs are claimed once. */
const GATHER_MS = 20;
const MAX_ERROR_LENGTH = 500;

/** Tells the queue what became of a run. Never rejects: a job that cannot be settled has no heartbeat, so it is taken back and runs again. */
@Injectable()
export class JobSettler {
  private readonly logger = new Logger(JobSettler.name);
  /** Batches the completion of jobs, by kind. */
  private readonly done = new Map<string, Batcher<ClaimedJob>>();

  constructor(
    @Inject(JobStore) private readonly store: JobStore,
    @Inject(JobHistory) private readonly history: JobHistory,
  ) {}

  async settle({ job, found }: RunningJob, outcome: RunOutcome): Promise<void> {
    if (outcome.kind === 'lost') return;
    try {
      if (outcome.kind === 'done') await this.doneOf(job.name).add(job);
      else await this.fail(job, found, outcome.error);
    } catch (error) {
      this.logger.warn(`job ${job.name} ${job.id} ended but could not be settled: ${(error as Error).message}`);
    }
  }

  /** For a process that ends: another one takes the job at once. */
  async handBack(run: RunningJob): Promise<void> {
    run.lose('the process is shutting down');
    try {
      await this.store.boss.fail(run.job.name, run.job, {
        message: 'handed back: the process that ran it was stopped',
      });
    } catch (error) {
      this.logger.warn(`job ${run.job.id} could not be handed back: ${(error as Error).message}`);
    }
  }

  private doneOf(name: string): Batcher<ClaimedJob> {
    let done = this.done.get(name);
    if (!done) {
      done = new Batcher(
        async (jobs) => {
          await this.store.boss.complete(name, jobs);
        },
        { gatherMs: GATHER_MS },
      );
      this.done.set(name, done);
    }
    return done;
  }

  private async fail(job: ClaimedJob, { definition }: FoundHandler, error: Error): Promise<void> {
    const message = error.message.slice(0, MAX_ERROR_LENGTH);
    this.logger.warn(`job ${job.name} ${job.id} failed on run ${job.retryCount + 1}: ${message}`);
    const key = definition.key?.(job.data as never);
    if (key !== undefined && (await this.history.isAnotherWaiting(job.name, key))) {
      // the waiting job is the retry; a second one would break "at most one waits"
      await this.store.boss.complete(job.name, job, { supersededAfter: message });
      return;
    }
    await this.store.boss.fail(job.name, job, { message });
  }
}
