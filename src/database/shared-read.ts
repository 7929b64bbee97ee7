import { within } from '../time/within.js';
import { withoutWaitLimit } from './wait-limit.js';

/**
 * Shares the result of a read among many callers. At most one read runs at a time, however long it takes, and its result is returned to
 * every caller while it is fresh. Each caller decides how long it waits.
 */
export class SharedRead<T> {
  private found: Promise<T> | null = null;
  private isUnderWay = false;
  private untilMs = 0;

  /**
   * @param freshMs how long a result is fresh, from the beginning of its read
   * @param nowMs a monotonic clock
   */
  constructor(
    private readonly read: () => Promise<T>,
    private readonly freshMs: number,
    private readonly nowMs: () => number,
  ) {}

  /** The result. Rejects when the read failed, or when it takes longer than this. */
  within(milliseconds: number): Promise<T> {
    return within(milliseconds, this.recent());
  }

  /** The result, without a limit on the wait. */
  recent(): Promise<T> {
    if (this.found && (this.isUnderWay || this.nowMs() < this.untilMs)) return this.found;
    this.untilMs = this.nowMs() + this.freshMs;
    this.isUnderWay = true;
    const found = withoutWaitLimit(this.read);
    this.found = found;
    const ended = (): void => {
      this.isUnderWay = false;
    };
    found.then(ended, ended);
    return found;
  }
}
