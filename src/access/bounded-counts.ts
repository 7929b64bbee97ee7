import { LRUCache } from 'lru-cache';

/**
 * Counts how often each key was seen in its current window, in memory. Only the latest keys are kept, since callers choose them. A caller
 * with more addresses than that could not be limited by address anyway.
 */
export class BoundedCounts {
  private readonly counts: LRUCache<string, number>;

  /**
   * @param windowMs the window, from the first time that a key is seen
   * @param clock monotonic, in milliseconds
   */
  constructor(windowMs: number, mostKeys = 10_000, clock: { now(): number } = performance) {
    // eslint-disable-next-line no-restricted-syntax -- small values: numbers by address
    this.counts = new LRUCache({ max: mostKeys, ttl: windowMs, noUpdateTTL: true, ttlResolution: 0, perf: clock });
  }

  /** Counts the key once more. */
  count(key: string): { times: number; msLeft: number } {
    const times = (this.counts.get(key) ?? 0) + 1;
    this.counts.set(key, times);
    return { times, msLeft: this.counts.getRemainingTTL(key) };
  }
}
