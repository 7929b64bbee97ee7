import type { Counter } from 'prom-client';

/**
 * `hit`: it was there and fresh. `stale`: it was there, given out, and renewed behind the caller's back. `miss`: the caller
 * waited for Novita, alone or with others.
 */
export type CacheOutcome = 'hit' | 'stale' | 'miss';
export type CacheCounter = Counter<'outcome'>;

export interface CacheCounts {
  hits: number;
  misses: number;
}

/** Every question to the cache of the catalogue in this process, counted once for Prometheus and for the JSON view. */
export class CacheFigures {
  counts: CacheCounts = { hits: 0, misses: 0 };
  /** Answers that are remembered now. */
  size = 0;

  constructor(private readonly questions: CacheCounter) {}

  take(outcome: CacheOutcome, size: number): void {
    this.questions.inc({ outcome });
    this.size = size;
    if (outcome === 'miss') this.counts.misses += 1;
    else this.counts.hits += 1;
  }

  /** The JSON view begins anew; Prometheus counts on. */
  reset(): void {
    this.counts = { hits: 0, misses: 0 };
  }
}
