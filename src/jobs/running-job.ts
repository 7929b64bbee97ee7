import { withDeadline } from '../time/within.js';
import type { ClaimedJob } from './claimed-job.js';
import { inJobSpan } from './job.spans.js';
import type { FoundHandler } from './match-handlers.js';

/** The outcome of a run. `lost`: another worker has the job, or the process ends; nothing must be written. */
export type RunOutcome = { kind: 'done' } | { kind: 'failed'; error: Error } | { kind: 'lost' };

class LostError extends Error {}

const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)));

/** One run of one job in this process. */
export class RunningJob {
  private readonly controller = new AbortController();
  /** Settles when the handler has really ended, which may be long after the outcome. */
  readonly ended: Promise<void>;
  readonly outcome: Promise<RunOutcome>;
  private readonly beganMs = performance.now();

  constructor(
    readonly job: ClaimedJob,
    readonly found: FoundHandler,
  ) {
    const context = { signal: this.controller.signal, jobId: job.id, retryCount: job.retryCount };
    const work = Promise.resolve().then(() =>
      inJobSpan(job, found.definition.key?.(job.data as never), () => found.handler.handle(job.data as never, context)),
    );
    this.ended = work.then(
      () => undefined,
      () => undefined,
    );
    this.outcome = this.race(work);
  }

  /** How long the run has taken so far. */
  get elapsedMs(): number {
    return performance.now() - this.beganMs;
  }

  /** The handler was aborted, but goes on. */
  get isOverdue(): boolean {
    return this.controller.signal.aborted;
  }

  /** The claim is lost: aborts the handler, whose result no longer counts. */
  lose(reason: string): void {
    this.controller.abort(new LostError(reason));
  }

  private async race(work: Promise<void>): Promise<RunOutcome> {
    const { signal } = this.controller;
    const seconds = this.found.definition.timeoutSeconds;
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => {
        reject(asError(signal.reason));
      });
    });
    try {
      await withDeadline(seconds * 1000, Promise.race([work, aborted]), () => {
        const tooLong = new Error(`the job ran longer than ${seconds} s and was aborted`);
        this.controller.abort(tooLong);
        throw tooLong;
      });
      return { kind: 'done' };
    } catch (thrown) {
      if (signal.reason instanceof LostError) return { kind: 'lost' };
      return { kind: 'failed', error: asError(thrown) };
    }
  }
}
