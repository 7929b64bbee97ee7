import type { Clock } from '../time/clock.js';
import type { RequestKind } from './novita-client.js';
import { type Admission, HELD, type RequestBudget, sharesOf, USED_UP } from './request-budget.js';

const WINDOW_MS = 60_000;

/**
 * At most `requestsPerMinute` HTTP requests in any 60 seconds, a fifth of them for releases (stop, delete) only, and no more than
 * half of them for creates. Counts for this process alone: for programs and tests without a database.
 *
 * Each token returns one minute after it was spent. A bucket with a steady refill would divide the limit into burst and rate, and the
 * sweep of a large fleet, which is one burst of many pages, would never fit in.
 */
export class LocalRequestBudget implements RequestBudget {
  private readonly allowances: Record<RequestKind, SpentTokens[]>;
  private heldUntilMs = -Infinity;

  constructor(
    private readonly clock: Clock,
    requestsPerMinute: number,
  ) {
    const shares = sharesOf(requestsPerMinute);
    const everything = new SpentTokens(shares.release);
    const unreserved = new SpentTokens(shares.read);
    const creates = new SpentTokens(shares.create);
    this.allowances = {
      release: [everything],
      read: [everything, unreserved],
      create: [everything, unreserved, creates],
    };
  }

  take(kind: RequestKind): Promise<Admission> {
    const now = this.clock.monotonicMs();
    const heldMs = this.heldMs(kind, now);
    const { available, nextInMs } = this.peekAt(kind, now);
    if (available === 0) {
      return Promise.resolve({ admitted: false, nextInMs, why: heldMs > 0 ? HELD : USED_UP });
    }
    for (const allowance of this.allowances[kind]) allowance.spend(now);
    return Promise.resolve({ admitted: true });
  }

  peek(kind: RequestKind): Promise<{ available: number; nextInMs: number }> {
    return Promise.resolve(this.peekAt(kind, this.clock.monotonicMs()));
  }

  hold(seconds: number): Promise<void> {
    this.heldUntilMs = Math.max(this.heldUntilMs, this.clock.monotonicMs() + seconds * 1000);
    return Promise.resolve();
  }

  private peekAt(kind: RequestKind, now: number): { available: number; nextInMs: number } {
    const heldMs = this.heldMs(kind, now);
    const allowances = this.allowances[kind];
    return {
      available: heldMs > 0 ? 0 : Math.min(...allowances.map((allowance) => allowance.available(now))),
      nextInMs: Math.max(heldMs, ...allowances.map((allowance) => allowance.nextInMs(now))),
    };
  }

  private heldMs(kind: RequestKind, now: number): number {
    return kind === 'release' ? 0 : Math.max(0, Math.ceil(this.heldUntilMs - now));
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
    // Still spent at exactly one minute, so that a window of 60 s with both ends included stays within the limit.
    const firstSpent = this.spentAt.findIndex((at) => now - at <= WINDOW_MS);
    if (firstSpent !== 0) this.spentAt = firstSpent === -1 ? [] : this.spentAt.slice(firstSpent);
    return this.size - this.spentAt.length;
  }

  nextInMs(now: number): number {
    if (this.available(now) > 0) return 0;
    const oldest = this.spentAt[0];
    // rounded up past the return of the token, so that fractions of the clock do not matter
    return oldest === undefined ? Infinity : Math.floor(oldest + WINDOW_MS - now + 0.001) + 1;
  }
}
