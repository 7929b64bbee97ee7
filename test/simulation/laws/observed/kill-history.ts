import { HOUR_MS } from '../allowances.js';

/** When surplus machines were condemned, in virtual milliseconds. */
export class KillHistory {
  private readonly condemnedAt: number[] = [];
  private resumedAt = 0;

  condemns(at: number): void {
    this.condemnedAt.push(at);
  }

  /** An operator has ended a freeze: the count begins anew. */
  resumed(at: number): void {
    this.resumedAt = at;
  }

  /** What a restored database has forgotten does not count. */
  rolledBack(at: number): void {
    this.resumedAt = at;
    this.condemnedAt.length = 0;
  }

  /** An hour ago, or when the count began. */
  countsSince(now: number): number {
    return Math.max(now - HOUR_MS, this.resumedAt);
  }

  inTheHourBefore(now: number): number {
    return this.condemnedAt.filter((at) => at > this.countsSince(now)).length;
  }
}
