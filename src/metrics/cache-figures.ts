import type { Counter } from 'prom-client';

/**
 * `hit`: the cached answer was fresh. `stale`: an old answer was returned, and refreshed in the background. `miss`: the caller waited for
 * Novita.
 */
export type CacheOutcome = 'hit' | 'stale' | 'miss';
export type CacheCounter = Counter<'outcome'>;

export interface CacheCounts {
  hits: number;
  misses: number;
}

/** Counts every question to the catalogue's cache in this process, for Prometheus and for the JSON view. */
export class CacheFigures {
  counts: CacheCounts = { hits: 0, misses: 0 };
  /** How many answers are cached now. */
  size = 0;

  constructor(private readonly questions: CacheCounter) {}

  record(outcome: CacheOutcome, size: number): void {
    this.questions.inc({ outcome });
    this.size = size;
    if (outcome === 'miss') this.counts.misses += 1;
    else this.counts.hits += 1;
  }

  /** Resets the JSON view. The counters of Prometheus go on. */
  reset(): void {
    this.counts = { hits: 0, misses: 0 };
  }
}
