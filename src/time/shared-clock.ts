import { uptime } from 'node:os';
import type { Clock } from './clock.js';

/** Good quartz goes wrong by this much in a second. */
const DRIFT_MS_PER_SECOND = 0.1;
/** By how much of the time that passes this clock comes nearer to the database's. */
const SLEW = 0.1;
/** A difference this large is no fault of the measurement: somebody set the database's clock, or another server took over. */
export const JUMP_MS = 5_000;

/** A record that is older, by the database's clock, is from before that has jumped, or nobody keeps it. */
const FRESH_MS = 30_000;
/** The clock that counts a machine's sleep is this coarse. */
const SLEEP_MS = 1_000;

/** What the database's clock and this one showed at one moment, kept for processes that start later. */
export interface ClockRecord {
  databaseTime: Date;
  sharedTime: Date;
}

/**
 * Time as the whole deployment sees it: that of the database, counted on by this process's monotonic clock, so that neither a
 * wrong clock on one machine nor one that jumps makes a replica act before another one has finished. Before it has learnt
 * anything it is the machine's own.
 *
 * It never jumps, since a jump would end every wait at once, or have everything wait for as long: when the database's clock jumps,
 * this one goes on evenly and comes nearer by a tenth of the time that passes. Replicas do that alike, whenever they notice, and
 * those that start or wake meanwhile go on from the record that the others keep.
 */
export class SharedClock implements Clock {
  /** What time the database had when the monotonic clock began. */
  private beganMs: number;
  /** What was learnt last: when, on the monotonic clock, and by how much it may have been wrong. */
  private learnt: { atMs: number; wrongByMs: number } | null = null;
  /** How far this clock was ahead of the database's, at a moment of the monotonic clock. */
  private ahead = { ms: 0, atMs: 0 };

  /** How long the machine has slept, which the monotonic clock does not count. */
  private sleptMs: number;

  /** @param uptimeMs counts also the time in which the machine sleeps */
  constructor(
    private readonly machine: Clock,
    private readonly uptimeMs = (): number => uptime() * 1000,
  ) {
    this.beganMs = machine.now().getTime() - machine.monotonicMs();
    this.sleptMs = uptimeMs() - machine.monotonicMs();
  }

  now(): Date {
    return new Date(Math.round(this.databaseMs() + this.aheadMs));
  }

  monotonicMs(): number {
    return this.machine.monotonicMs();
  }

  /** Milliseconds by which this clock is ahead of the database's; negative when it is behind. */
  get aheadMs(): number {
    return slewed(this.ahead.ms, this.machine.monotonicMs() - this.ahead.atMs);
  }

  /**
   * It was `said` at some moment between the question and the answer, both on the monotonic clock: wrong by half of that at
   * most. Milliseconds by which the database's clock has jumped since it was asked last; 0 when it has not.
   */
  learn(said: Date, askedAtMs: number, answeredAtMs: number): number {
    this.countSleep();
    const wrongByMs = (answeredAtMs - askedAtMs) / 2;
    const beganMs = said.getTime() - (askedAtMs + answeredAtMs) / 2;
    const byMs = beganMs - this.beganMs;
    if (this.learnt) {
      const wasWrongByMs = this.learnt.wrongByMs + ((answeredAtMs - this.learnt.atMs) / 1000) * DRIFT_MS_PER_SECOND;
      // what is known is better, and the answer does not contradict it
      if (wrongByMs > wasWrongByMs && Math.abs(byMs) <= wrongByMs + wasWrongByMs) return 0;
      this.ahead = { ms: this.aheadMs - byMs, atMs: this.machine.monotonicMs() };
    }
    const hasJumped = this.learnt !== null && Math.abs(byMs) > JUMP_MS;
    this.beganMs = beganMs;
    this.learnt = { atMs: answeredAtMs, wrongByMs };
    return hasJumped ? byMs : 0;
  }

  /** Goes on from where the deployment's clock was. For a process that starts, when it has learnt the database's time. */
  resume(record: ClockRecord): void {
    this.ahead = { ms: this.aheadBy(record), atMs: this.machine.monotonicMs() };
  }

  /** Joins the others when it has been apart from them: it stood still, or began when the database's clock had jumped unseen. */
  follow(record: ClockRecord): void {
    const ageMs = this.databaseMs() - record.databaseTime.getTime();
    if (Math.abs(ageMs) <= FRESH_MS && Math.abs(this.aheadBy(record) - this.aheadMs) > FRESH_MS) this.resume(record);
  }

  /** For those that start later. */
  record(): ClockRecord {
    return { databaseTime: new Date(Math.round(this.databaseMs())), sharedTime: this.now() };
  }

  private aheadBy({ databaseTime, sharedTime }: ClockRecord): number {
    const passedMs = this.databaseMs() - databaseTime.getTime();
    // how long ago the database's clock was put back is not known: the time since then counts as none
    return slewed(sharedTime.getTime() - databaseTime.getTime(), passedMs) - Math.min(0, passedMs);
  }

  private countSleep(): void {
    const sleptMs = this.uptimeMs() - this.machine.monotonicMs();
    if (sleptMs - this.sleptMs < SLEEP_MS) return;
    this.beganMs += sleptMs - this.sleptMs;
    this.sleptMs = sleptMs;
  }

  private databaseMs(): number {
    return this.beganMs + this.machine.monotonicMs();
  }
}

/** What is left of a difference after so long. */
const slewed = (aheadMs: number, passedMs: number): number => {
  const leftMs = Math.abs(aheadMs) - SLEW * Math.max(0, passedMs);
  return leftMs > 0 ? Math.sign(aheadMs) * leftMs : 0;
};
