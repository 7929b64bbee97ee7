import { within } from '../time/within.js';
import { withoutWaitLimit } from './wait-limit.js';

/**
 * Something that many ask for and that need not be new: one look is under way at a time, however long it takes, and what it
 * finds is told to all who ask while it is fresh. Each of them waits no longer than it wants to.
 */
export class SharedLook<T> {
  private found: Promise<T> | null = null;
  private isUnderWay = false;
  private untilMs = 0;

  /**
   * @param freshMs from the moment when a look began
   * @param nowMs a clock that never goes back
   */
  constructor(
    private readonly look: () => Promise<T>,
    private readonly freshMs: number,
    private readonly nowMs: () => number,
  ) {}

  /** Rejects as the look did, or when it takes longer than that. */
  within(milliseconds: number): Promise<T> {
    return within(milliseconds, this.recent());
  }

  /** Waits as long as the look does. */
  recent(): Promise<T> {
    if (this.found && (this.isUnderWay || this.nowMs() < this.untilMs)) return this.found;
    this.untilMs = this.nowMs() + this.freshMs;
    this.isUnderWay = true;
    const found = withoutWaitLimit(this.look);
    this.found = found;
    const ended = (): void => {
      this.isUnderWay = false;
    };
    found.then(ended, ended);
    return found;
  }
}
