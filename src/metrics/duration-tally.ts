import { tenths } from './trend.js';

/** Count, sum and extremes of durations in milliseconds, and the end of the last one. */
export class DurationTally {
  count = 0;
  totalMs = 0;
  lastAt: Date | null = null;
  private leastMs = Infinity;
  private mostMs = 0;

  add(durationMs: number, at: Date): void {
    this.count += 1;
    this.totalMs += durationMs;
    this.leastMs = Math.min(this.leastMs, durationMs);
    this.mostMs = Math.max(this.mostMs, durationMs);
    this.lastAt = at;
  }

  get averageMs(): number {
    return this.count === 0 ? 0 : tenths(this.totalMs / this.count);
  }

  /** The average, or 0 without durations. */
  get minMs(): number {
    return this.count === 0 ? 0 : tenths(this.leastMs);
  }

  get maxMs(): number {
    return tenths(this.mostMs);
  }
}

/** The tally of this key, made at its first use. Keys must be our own words, since the map is never emptied. */
export const tallyOf = <T>(tallies: Map<string, T>, key: string, make: () => T): T => {
  let tally = tallies.get(key);
  if (!tally) tallies.set(key, (tally = make()));
  return tally;
};
