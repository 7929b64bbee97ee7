import type { Log } from '../logging/log.js';
import type { Clock } from '../time/clock.js';
import type { BackgroundTask, TaskRun } from './background-task.js';
import { publicErrorText } from './public-error-text.js';
import type { TaskRunStore } from './task-run-store.js';
import type { Timer } from './timer.js';

/** The shortest interval between stored statuses of a frequent task. */
const STORE_EVERY_MS = 5_000;

export interface TaskLoopParts {
  runs: TaskRunStore;
  clock: Clock;
  timer: Timer;
  /** Makes the reference by which a failure is found in the log. */
  reference: () => string;
  log: Log;
  /** Called after every run. */
  onRun: (name: string, hasFailed: boolean) => void;
}

/**
 * Runs one task in one replica. A run begins when the last one has ended and the period is over, so a slow run delays only its own task.
 * After a run that throws, the next run is the retry.
 */
export class TaskLoop {
  private running: Promise<void> | null = null;
  private isRequestedAgain = false;
  /** The task is due, but the lease is not held. */
  private isDormant = true;
  private cancel = (): void => undefined;
  private storedAtMs = -Infinity;
  private last: Omit<TaskRun, 'beganAt'>;
  private readonly stopping = new AbortController();

  /** @param mayRun returns false while the lease of the task is not held */
  constructor(
    readonly task: BackgroundTask,
    replica: string,
    private readonly mayRun: () => boolean,
    private readonly parts: TaskLoopParts,
  ) {
    this.last = {
      name: task.name,
      process: task.lease ? null : replica,
      replica,
      endedAt: null,
      durationMs: null,
      status: null,
      error: null,
      failuresInRow: 0,
      succeededAt: null,
      nextRunAt: null,
    };
  }

  /** Runs the task now or, if it is running, once more afterwards. Without the lease it waits for `wake`. */
  activate(): void {
    if (this.stopping.signal.aborted) return;
    if (this.running) {
      this.isRequestedAgain = true;
      return;
    }
    this.cancel();
    this.isDormant = !this.mayRun();
    if (this.isDormant) return;
    this.running = this.run().then(() => {
      this.running = null;
      this.scheduleNext();
    });
  }

  /**
   * Runs the task if it became due without the lease. Call it after each renewal, not only the first: after a late answer the lease may
   * have expired for this replica and be held again.
   */
  wake(): void {
    if (this.isDormant) this.activate();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.cancel();
    await this.running;
  }

  private scheduleNext(): void {
    if (this.stopping.signal.aborted) return;
    if (this.isRequestedAgain) {
      this.isRequestedAgain = false;
      this.activate();
      return;
    }
    this.cancel = this.parts.timer.after(this.task.periodMs(), () => {
      this.activate();
    });
  }

  private async run(): Promise<void> {
    const { clock, onRun } = this.parts;
    const { task } = this;
    const beganAt = clock.now();
    const beganMs = clock.monotonicMs();
    const before = this.last;
    // the beginning of a run is worth storing only for rare tasks and for first runs
    const isRare = task.longestPeriodMs >= STORE_EVERY_MS || before.endedAt === null;
    if (isRare) await this.storeStatus(beganAt);
    try {
      const status = await task.run(this.stopping.signal, () => this.activate());
      this.last = { ...before, status, error: null, failuresInRow: 0, succeededAt: clock.now() };
    } catch (error) {
      this.last = { ...before, error: this.logFailure(error), failuresInRow: before.failuresInRow + 1 };
    }
    const endedAt = clock.now();
    this.last.endedAt = endedAt;
    this.last.durationMs = Math.max(0, Math.round(clock.monotonicMs() - beganMs));
    this.last.nextRunAt = new Date(endedAt.getTime() + task.periodMs());
    const hasFailed = this.last.failuresInRow > 0;
    onRun(task.name, hasFailed);
    const hasTurned = hasFailed !== before.failuresInRow > 0;
    if (isRare || hasTurned || this.isTimeToStore()) await this.storeStatus(beganAt);
  }

  private logFailure(error: unknown): string {
    const reference = this.parts.reference();
    this.parts.log.warn({ err: error, task: this.task.name, reference }, 'a background task failed');
    return publicErrorText(error, reference);
  }

  private isTimeToStore(): boolean {
    return this.parts.clock.monotonicMs() - this.storedAtMs >= STORE_EVERY_MS;
  }

  /** A status that cannot be written does not fail the task; the next status replaces it. */
  private async storeStatus(beganAt: Date): Promise<void> {
    this.storedAtMs = this.parts.clock.monotonicMs();
    await this.parts.runs.record({ ...this.last, beganAt }).catch(() => undefined);
  }
}
