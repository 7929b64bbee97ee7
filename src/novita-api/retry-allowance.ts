import type { Clock } from '../time/clock.js';

/** One request in ten may be a retry. The allowance is counted in calls, since sums of tenths are inexact. */
const CALLS_PER_RETRY = 10;
/** Time alone restores one retry every ten seconds, so that a single call in a quiet hour is retried too. */
const MS_PER_CALL = 1_000;
const MOST = 10 * CALLS_PER_RETRY;
/** Enough for the retries of two calls. */
const AT_FIRST = 4 * CALLS_PER_RETRY;

/**
 * Limits retries. Without a limit every failing call would become three, and the load would keep Novita down. At most a tenth of the calls
 * may be retries, plus four at first and one every ten seconds.
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

  /** Time alone refills the allowance only up to its first value. */
  private refilled(): number {
    const now = this.clock.monotonicMs();
    const refilled = Math.min(AT_FIRST, this.left + (now - this.atMs) / MS_PER_CALL);
    this.atMs = now;
    return Math.max(this.left, refilled);
  }
}
