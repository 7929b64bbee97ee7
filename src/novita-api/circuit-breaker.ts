import { backOffAfter } from '../time/back-off.js';
import type { Clock } from '../time/clock.js';

export interface CircuitPolicy {
  /** How many consecutive failures open the circuit. */
  failures: number;
  /** How long the circuit stays open; doubled after each failed trial, up to `longestMs`. */
  openMs: number;
  longestMs: number;
}

/** What one request shows about the server. `nothing`: it was never sent. */
export type Verdict = 'works' | 'fails' | 'nothing';

/** The permission for one request. Must be called exactly once with its verdict. */
export type Passage = (verdict: Verdict) => void;

/** When to ask again while a trial is under way. */
const TRIAL_MS = 1_000;

/**
 * Holds back requests to a failing server. After some consecutive failures the circuit opens for a while: no request passes. Then one
 * request passes as a trial. If it works, the circuit closes, else it opens again for longer.
 *
 * cockatiel's breaker does not fit: a request that the budget refuses would count as a success, and requests during a trial would wait for
 * its end. A waiting create might be sent after its sender was considered dead.
 */
export class CircuitBreaker {
  private failuresInARow = 0;
  private failedTrials = 0;
  private openUntilMs: number | null = null;
  private isTrying = false;

  constructor(
    private readonly clock: Clock,
    private readonly policy: CircuitPolicy,
    private readonly onChange: (isOpen: boolean) => void = () => undefined,
  ) {}

  /** Null: no request passes now, see {@link blockedMs}. */
  enter(): Passage | null {
    if (this.blockedMs() > 0) return null;
    const isTrial = this.openUntilMs !== null;
    this.isTrying = isTrial;
    return (verdict) => {
      if (isTrial) this.endTrial(verdict);
      else this.count(verdict);
    };
  }

  /** In how many milliseconds a request may pass; 0 = now. */
  blockedMs(): number {
    if (this.openUntilMs === null) return 0;
    const leftMs = Math.ceil(this.openUntilMs - this.clock.monotonicMs());
    return leftMs > 0 ? leftMs : this.isTrying ? TRIAL_MS : 0;
  }

  private endTrial(verdict: Verdict): void {
    this.isTrying = false;
    if (verdict === 'fails') {
      this.failedTrials += 1;
      this.open();
    } else if (verdict === 'works') {
      this.failuresInARow = 0;
      this.failedTrials = 0;
      this.openUntilMs = null;
      this.onChange(false);
    }
  }

  /** Ignores requests that were sent before the circuit opened. */
  private count(verdict: Verdict): void {
    if (this.openUntilMs !== null || verdict === 'nothing') return;
    this.failuresInARow = verdict === 'works' ? 0 : this.failuresInARow + 1;
    if (this.failuresInARow < this.policy.failures) return;
    this.open();
    this.onChange(true);
  }

  private open(): void {
    const { openMs, longestMs } = this.policy;
    const backOff = { first: openMs, most: longestMs };
    this.openUntilMs = this.clock.monotonicMs() + backOffAfter(this.failedTrials + 1, backOff);
  }
}
