import { uptime } from 'node:os';
import type { Clock } from './clock.js';

/** How far a good quartz clock drifts in a second. */
const DRIFT_MS_PER_SECOND = 0.1;
/** After a jump this clock approaches the database's by this share of the passing time. */
const SLEW = 0.1;
/** A larger difference is not an error of measurement: someone set the database's clock, or another server took over. */
export const JUMP_MS = 5_000;

/** An older record, by the database's clock, is from before a jump of that clock, or no replica updates it. */
const FRESH_MS = 30_000;
/** The resolution of the clock that counts a machine's sleep. */
const SLEEP_MS = 1_000;

/** The database's time and the shared time at one moment, stored for processes that start later. */
export interface ClockRecord {
  databaseTime: Date;
  sharedTime: Date;
}

/**
 * The time of the whole deployment: the database's time, continued by this process's monotonic clock. A wrong or jumping clock of one
 * machine therefore cannot make a replica act before another one has finished. Until the first reading it is the machine's own time.
 *
 * The shared clock never jumps: a jump would end every wait at once, or prolong it by as much. When the database's clock jumps, this clock
 * runs on and approaches it by a tenth of the passing time. All replicas do the same, whenever they notice the jump. Replicas that
 * start or wake meanwhile continue from the stored record.
 */
export class SharedClock implements Clock {
  /** The time of the database when the monotonic clock began. */
  private beganMs: number;
  /** The last reading: its time on the monotonic clock, and its possible error. */
  private lastReading: { atMs: number; wrongByMs: number } | null = null;
  /** How far this clock was ahead of the database's, at a time of the monotonic clock. */
  private ahead = { ms: 0, atMs: 0 };

  /** How long the machine has been suspended, which the monotonic clock does not count. */
  private sleptMs: number;

  /** @param uptimeMs includes the time in which the machine is suspended */
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
   * Takes a reading. The database's time was `said` at some point between question and answer (both on the monotonic clock), so the error
   * is at most half of that interval. Returns the milliseconds by which the database's clock has jumped since the last reading, or 0.
   */
  learn(said: Date, askedAtMs: number, answeredAtMs: number): number {
    this.countSleep();
    const wrongByMs = (answeredAtMs - askedAtMs) / 2;
    const beganMs = said.getTime() - (askedAtMs + answeredAtMs) / 2;
    const byMs = beganMs - this.beganMs;
    if (this.lastReading) {
      const wasWrongByMs =
        this.lastReading.wrongByMs + ((answeredAtMs - this.lastReading.atMs) / 1000) * DRIFT_MS_PER_SECOND;
      // the last reading is more exact, and this one does not contradict it
      if (wrongByMs > wasWrongByMs && Math.abs(byMs) <= wrongByMs + wasWrongByMs) return 0;
      this.ahead = { ms: this.aheadMs - byMs, atMs: this.machine.monotonicMs() };
    }
    const hasJumped = this.lastReading !== null && Math.abs(byMs) > JUMP_MS;
    this.beganMs = beganMs;
    this.lastReading = { atMs: answeredAtMs, wrongByMs };
    return hasJumped ? byMs : 0;
  }

  /** Continues the deployment's clock from a record, when a process starts and has read the database's time. */
  resume(record: ClockRecord): void {
    this.ahead = { ms: this.aheadBy(record), atMs: this.machine.monotonicMs() };
  }

  /** Joins the other replicas after a suspension, or after a start when a jump of the database's clock was not yet noticed. */
  follow(record: ClockRecord): void {
    const ageMs = this.databaseMs() - record.databaseTime.getTime();
    if (Math.abs(ageMs) <= FRESH_MS && Math.abs(this.aheadBy(record) - this.aheadMs) > FRESH_MS) this.resume(record);
  }

  /** The record for processes that start later. */
  record(): ClockRecord {
    return { databaseTime: new Date(Math.round(this.databaseMs())), sharedTime: this.now() };
  }

  private aheadBy({ databaseTime, sharedTime }: ClockRecord): number {
    const passedMs = this.databaseMs() - databaseTime.getTime();
    // it is unknown how long ago the database's clock was set back: the time since then counts as zero
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

/** What is left of a difference after `passedMs`. */
const slewed = (aheadMs: number, passedMs: number): number => {
  const leftMs = Math.abs(aheadMs) - SLEW * Math.max(0, passedMs);
  return leftMs > 0 ? Math.sign(aheadMs) * leftMs : 0;
};
