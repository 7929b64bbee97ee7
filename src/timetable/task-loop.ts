import type { Log } from '../logging/log.js';
import type { Clock } from '../time/clock.js';
import type { BackgroundTask, TaskRun } from './background-task.js';
import { sentenceOf } from './sentence-of.js';
import type { TaskRunStore } from './task-run-store.js';
import type { Timer } from './timer.js';

/** A task that runs many times a second tells of itself no more often than this. */
const TELL_EVERY_MS = 5_000;

export interface TaskLoopParts {
  runs: TaskRunStore;
  clock: Clock;
  timer: Timer;
  /** Makes what a failure is found by in the log. */
  reference: () => string;
  log: Log;
  /** Told of every run that ended. */
  onRun: (name: string, hasFailed: boolean) => void;
}

/**
 * One task in one replica. A run begins when the last one has ended and the period is over, so a slow run delays only its own task.
 * A run that throws ends nothing: the next run is the retry.
 */
export class TaskLoop {
  private running: Promise<void> | null = null;
  private isWantedAgain = false;
  /** Due, without the lease. */
  private isDormant = true;
  private cancel = (): void => undefined;
  private toldAtMs = -Infinity;
  private last: Omit<TaskRun, 'beganAt'>;
  private readonly stopping = new AbortController();

  /** @param mayRun false while the lease of the task is not held */
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

  /** Runs the task at once; when it runs already, once more after that. Without its lease it waits for `wake`. */
  activate(): void {
    if (this.stopping.signal.aborted) return;
    if (this.running) {
      this.isWantedAgain = true;
      return;
    }
    this.cancel();
    this.isDormant = !this.mayRun();
    if (this.isDormant) return;
    this.running = this.run().then(() => {
      this.running = null;
      this.goOn();
    });
  }

  /**
   * The lease is held: goes on if it was not when the task was due. To be called after each renewal and not only after the first: a
   * renewal that was answered late may have let the lease end for this replica and be held again.
   */
  wake(): void {
    if (this.isDormant) this.activate();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.cancel();
    await this.running;
  }

  private goOn(): void {
    if (this.stopping.signal.aborted) return;
    if (this.isWantedAgain) {
      this.isWantedAgain = false;
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
    // that a frequent task has begun is no news by the time it is read, unless it is its first run
    const isRare = task.longestPeriodMs >= TELL_EVERY_MS || before.endedAt === null;
    if (isRare) await this.tell(beganAt);
    try {
      const status = await task.run(this.stopping.signal);
      this.last = { ...before, status, error: null, failuresInRow: 0, succeededAt: clock.now() };
    } catch (error) {
      this.last = { ...before, error: this.note(error), failuresInRow: before.failuresInRow + 1 };
    }
    const endedAt = clock.now();
    this.last.endedAt = endedAt;
    this.last.durationMs = Math.max(0, Math.round(clock.monotonicMs() - beganMs));
    this.last.nextRunAt = new Date(endedAt.getTime() + task.periodMs());
    const hasFailed = this.last.failuresInRow > 0;
    onRun(task.name, hasFailed);
    const hasTurned = hasFailed !== before.failuresInRow > 0;
    if (isRare || hasTurned || this.isTimeToTell()) await this.tell(beganAt);
  }

  private note(error: unknown): string {
    const reference = this.parts.reference();
    this.parts.log.warn({ err: error, task: this.task.name, reference }, 'a background task failed');
    return sentenceOf(error, reference);
  }

  private isTimeToTell(): boolean {
    return this.parts.clock.monotonicMs() - this.toldAtMs >= TELL_EVERY_MS;
  }

  /** A status that cannot be written is no failure of the task: the next one is written again. */
  private async tell(beganAt: Date): Promise<void> {
    this.toldAtMs = this.parts.clock.monotonicMs();
    await this.parts.runs.record({ ...this.last, beganAt }).catch(() => undefined);
  }
}
