import type { Clock } from '../time/clock.js';

/** So one request in ten may be a retry. All else is counted in calls, since tenths do not add up. */
const CALLS_PER_RETRY = 10;
/** What comes back by itself, so that the lone call of a quiet hour is tried again too: a retry every ten seconds. */
const MS_PER_CALL = 1_000;
const MOST = 10 * CALLS_PER_RETRY;
/** Enough for the retries of two calls. */
const AT_FIRST = 4 * CALLS_PER_RETRY;

/**
 * How many retries are left. When Novita is in trouble, every call that fails would become three: the load that keeps it
 * down. At most a tenth of the calls may be retries, and beyond that four, and one every ten seconds.
 */
export class RetryAllowance {
  private left = AT_FIRST;
  private atMs: number;

  constructor(private readonly clock: Clock) {
    this.atMs = clock.monotonicMs();
  }

  countCall(): void {
    this.left = Math.min(MOST, this.refilled() + 1);
  }

  /** Takes one retry; false when none is left. */
  spend(): boolean {
    this.left = this.refilled();
    if (this.left < CALLS_PER_RETRY) return false;
    this.left -= CALLS_PER_RETRY;
    return true;
  }

  /** Time alone fills it no further than it was at first. */
  private refilled(): number {
    const now = this.clock.monotonicMs();
    const refilled = Math.min(AT_FIRST, this.left + (now - this.atMs) / MS_PER_CALL);
    this.atMs = now;
    return Math.max(this.left, refilled);
  }
}
