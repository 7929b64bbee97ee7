import type { Clock } from './clock.js';

/** Good quartz goes wrong by this much in a second. */
const DRIFT_MS_PER_SECOND = 0.1;

/**
 * Time as the whole deployment sees it: that of the database, counted on by this process's monotonic clock, so that neither a
 * wrong clock on one machine nor one that jumps makes a replica act before another one has finished. Before it has learnt
 * anything it is the machine's own.
 */
export class SharedClock implements Clock {
  /** What time it was when the monotonic clock began. */
  private beganMs: number;
  /** What was learnt last: when, on the monotonic clock, and by how much it may have been wrong. */
  private learnt = { atMs: 0, wrongByMs: Infinity };

  constructor(private readonly machine: Clock) {
    this.beganMs = machine.now().getTime() - machine.monotonicMs();
  }

  now(): Date {
    return new Date(Math.round(this.beganMs + this.machine.monotonicMs()));
  }

  monotonicMs(): number {
    return this.machine.monotonicMs();
  }

  /**
   * It was `said` at some moment between the question and the answer, both on the monotonic clock: wrong by half of that at
   * most. False: what is known is better than that.
   */
  learn(said: Date, askedAtMs: number, answeredAtMs: number): boolean {
    const wrongByMs = (answeredAtMs - askedAtMs) / 2;
    const { atMs, wrongByMs: wasWrongByMs } = this.learnt;
    if (wrongByMs > wasWrongByMs + ((answeredAtMs - atMs) / 1000) * DRIFT_MS_PER_SECOND) return false;
    this.beganMs = said.getTime() - (askedAtMs + answeredAtMs) / 2;
    this.learnt = { atMs: answeredAtMs, wrongByMs };
    return true;
  }
}
