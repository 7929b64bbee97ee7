import { LRUCache } from 'lru-cache';

/**
 * How often each key was seen in its current window, in the memory of this process. Keys are names that callers choose, so only the
 * latest ones are kept: whoever sends from more addresses than that is not held off by counting addresses anyway.
 */
export class BoundedCounts {
  private readonly counts: LRUCache<string, number>;

  /**
   * @param windowMs from the first time that a key is seen
   * @param clock in milliseconds, and never back
   */
  constructor(windowMs: number, mostKeys = 10_000, clock: { now(): number } = performance) {
    // eslint-disable-next-line no-restricted-syntax -- numbers, under addresses
    this.counts = new LRUCache({ max: mostKeys, ttl: windowMs, noUpdateTTL: true, ttlResolution: 0, perf: clock });
  }

  /** With this time. */
  count(key: string): { times: number; msLeft: number } {
    const times = (this.counts.get(key) ?? 0) + 1;
    this.counts.set(key, times);
    return { times, msLeft: this.counts.getRemainingTTL(key) };
  }
}
