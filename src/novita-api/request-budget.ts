import type { Clock } from '../time/clock.js';
import type { RequestKind } from './novita-client.js';

const WINDOW_MS = 60_000;
const RELEASE_SHARE = 0.2;

/**
 * At most `requestsPerMinute` HTTP requests in any 60 seconds, and a fifth of them for releases (stop, delete) only.
 *
 * Each token comes back one minute after it was spent. A bucket with a steady refill would have to split the same promise
 * between burst and rate, and a walk through a large fleet, which is one burst of many pages, would never fit in.
 * It counts for this process alone: replicas with one Novita key must share the limit among them by configuration.
 */
export class RequestBudget {
  private readonly common: SpentTokens;
  private readonly reserved: SpentTokens;

  constructor(
    private readonly clock: Clock,
    requestsPerMinute: number,
  ) {
    const total = Math.max(1, Math.floor(requestsPerMinute));
    const reserve = total === 1 ? 0 : Math.max(1, Math.floor(total * RELEASE_SHARE));
    this.common = new SpentTokens(total - reserve);
    this.reserved = new SpentTokens(reserve);
  }

  /** Spends one token, or says false: then the request must not be sent. */
  take(kind: RequestKind): boolean {
    const now = this.now();
    return this.pools(kind).some((pool) => pool.take(now));
  }

  /** How many requests of the kind would be admitted now, and in how many milliseconds the next one will be (0 = now). */
  look(kind: RequestKind): { available: number; nextInMs: number } {
    const now = this.now();
    const pools = this.pools(kind);
    return {
      available: pools.reduce((sum, pool) => sum + pool.available(now), 0),
      nextInMs: Math.min(...pools.map((pool) => pool.nextInMs(now))),
    };
  }

  private pools(kind: RequestKind): SpentTokens[] {
    return kind === 'release' ? [this.reserved, this.common] : [this.common];
  }

  private now(): number {
    return this.clock.monotonicMs();
  }
}

class SpentTokens {
  /** When each token was spent, oldest first. Never longer than `size`. */
  private spentAt: number[] = [];

  constructor(private readonly size: number) {}

  take(now: number): boolean {
    if (this.available(now) === 0) return false;
    this.spentAt.push(now);
    return true;
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
    return oldest === undefined ? Infinity : Math.floor(oldest + WINDOW_MS - now) + 1;
  }
}
