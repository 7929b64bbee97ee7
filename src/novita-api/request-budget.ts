import type { Clock } from '../time/clock.js';
import type { RequestKind } from './novita-client.js';

const WINDOW_MS = 60_000;
/** Kept for releases: whatever else is under way, a machine can be given back. */
const RELEASE_SHARE = 0.2;
/** Creates take at most this much, so that a burst of them does not blind us to what they made. */
const CREATE_SHARE = 0.5;

/**
 * At most `requestsPerMinute` HTTP requests in any 60 seconds, a fifth of them for releases (stop, delete) only, and no more than
 * half of them for creates.
 *
 * Each token comes back one minute after it was spent. A bucket with a steady refill would have to split the same promise
 * between burst and rate, and a walk through a large fleet, which is one burst of many pages, would never fit in.
 * It counts for this process alone: replicas with one Novita key must share the limit among them by configuration.
 */
export class RequestBudget {
  private readonly allowances: Record<RequestKind, SpentTokens[]>;

  constructor(
    private readonly clock: Clock,
    requestsPerMinute: number,
  ) {
    const total = Math.max(1, Math.floor(requestsPerMinute));
    const reserve = total === 1 ? 0 : Math.max(1, Math.floor(total * RELEASE_SHARE));
    const everything = new SpentTokens(total);
    const unreserved = new SpentTokens(total - reserve);
    const creates = new SpentTokens(Math.max(1, Math.floor(total * CREATE_SHARE)));
    this.allowances = {
      release: [everything],
      read: [everything, unreserved],
      create: [everything, unreserved, creates],
    };
  }

  /** Spends one token, or says false: then the request must not be sent. */
  take(kind: RequestKind): boolean {
    const now = this.clock.monotonicMs();
    if (this.allowances[kind].some((allowance) => allowance.available(now) === 0)) return false;
    for (const allowance of this.allowances[kind]) allowance.spend(now);
    return true;
  }

  /** How many requests of the kind would be admitted now, and in how many milliseconds the next one will be (0 = now). */
  look(kind: RequestKind): { available: number; nextInMs: number } {
    const now = this.clock.monotonicMs();
    const allowances = this.allowances[kind];
    return {
      available: Math.min(...allowances.map((allowance) => allowance.available(now))),
      nextInMs: Math.max(...allowances.map((allowance) => allowance.nextInMs(now))),
    };
  }
}

class SpentTokens {
  /** When each token was spent, oldest first. Never longer than `size`. */
  private spentAt: number[] = [];

  constructor(private readonly size: number) {}

  spend(now: number): void {
    this.spentAt.push(now);
  }

  available(now: number): number {
    // Still spent at exactly one minute, so that no window of 60 s, both ends included, holds one too many.
    const firstSpent = this.spentAt.findIndex((at) => now - at <= WINDOW_MS);
    if (firstSpent !== 0) this.spentAt = firstSpent === -1 ? [] : this.spentAt.slice(firstSpent);
    return this.size - this.spentAt.length;
  }

  nextInMs(now: number): number {
    if (this.available(now) > 0) return 0;
    const oldest = this.spentAt[0];
    // a whole millisecond after the token is back, whatever the fractions of the clock round to
    return oldest === undefined ? Infinity : Math.floor(oldest + WINDOW_MS - now + 0.001) + 1;
  }
}
