import type { Clock } from '../time/clock.js';

export interface CircuitPolicy {
  /** So many failures in a row open the circuit. */
  failures: number;
  /** How long it stays open; twice as long after each trial that failed, up to `longestMs`. */
  openMs: number;
  longestMs: number;
}

/** What one request says about the other side. `nothing`: it was never sent. */
export type Verdict = 'works' | 'fails' | 'nothing';

/** Leave for one request. How it went must be told once, whatever it was. */
export type Passage = (verdict: Verdict) => void;

/** Who asks while a trial is under way asks again after this. */
const TRIAL_MS = 1_000;

/**
 * Keeps requests back from a side that does not work. After some failures in a row it is open for a while: nothing passes.
 * Then one request passes as a trial; if it works all may, else it is open again and for longer.
 *
 * cockatiel has one too, but there a request that the budget refuses would count as a success, and whoever comes during
 * a trial waits for its end: a create that waits may be sent after its sender was given up for dead.
 */
export class CircuitBreaker {
  private failuresInARow = 0;
  private openMs: number;
  private openUntilMs: number | null = null;
  private isTrying = false;

  constructor(
    private readonly clock: Clock,
    private readonly policy: CircuitPolicy,
    private readonly onChange: (isOpen: boolean) => void = () => undefined,
  ) {
    this.openMs = policy.openMs;
  }

  /** Null: nothing passes now, see {@link blockedMs}. */
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
      this.openMs = Math.min(this.openMs * 2, this.policy.longestMs);
      this.openUntilMs = this.clock.monotonicMs() + this.openMs;
    } else if (verdict === 'works') {
      this.failuresInARow = 0;
      this.openMs = this.policy.openMs;
      this.openUntilMs = null;
      this.onChange(false);
    }
  }

  /** What was sent before the circuit opened says nothing about now. */
  private count(verdict: Verdict): void {
    if (this.openUntilMs !== null || verdict === 'nothing') return;
    this.failuresInARow = verdict === 'works' ? 0 : this.failuresInARow + 1;
    if (this.failuresInARow < this.policy.failures) return;
    this.openUntilMs = this.clock.monotonicMs() + this.openMs;
    this.onChange(true);
  }
}
