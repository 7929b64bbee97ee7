import type { Counter, Histogram } from 'prom-client';
import { SharedLook } from '../database/shared-look.js';
import type { Clock } from '../time/clock.js';
import { DurationTally, tallyOf } from './duration-tally.js';
import { Trend } from './trend.js';

export type JobCounter = Counter<'type' | 'outcome'>;
export type JobDurations = Histogram<'type'>;

/** How many jobs of all replicas are in which state. */
export interface QueueDepth {
  /** They could begin now. */
  waiting: number;
  /** They wait for a later time. */
  scheduled: number;
  running: number;
  /** They failed for good, and are kept for a person to look at. */
  dead: number;
}

export class JobTally extends DurationTally {
  failed = 0;

  take(durationMs: number, failed: boolean, at: Date): void {
    this.add(durationMs, at);
    if (failed) this.failed += 1;
  }
}

export interface JobCounts {
  total: JobTally;
  byType: Map<string, JobTally>;
  trend: Trend;
}

/** Every run of a job in this process, counted once for Prometheus and for the JSON view. */
export class JobFigures {
  counts: JobCounts;
  private depths = this.lookAt(() => Promise.resolve(new Map<string, QueueDepth>()));

  constructor(
    private readonly clock: Clock,
    private readonly runs: JobCounter,
    private readonly durations: JobDurations,
  ) {
    this.counts = this.nothing();
  }

  /** The room of the jobs, on a higher floor, tells how its queues can be asked. */
  setDepth(ask: () => Promise<Map<string, QueueDepth>>): void {
    this.depths = this.lookAt(ask);
  }

  /** By type of job. Rejects when the database does, or when it takes longer than that. */
  depth(patienceMs: number): Promise<Map<string, QueueDepth>> {
    return this.depths.within(patienceMs);
  }

  take(type: string, durationMs: number, failed: boolean): void {
    this.runs.inc({ type, outcome: failed ? 'failed' : 'processed' });
    this.durations.observe({ type }, durationMs / 1000);

    const { total, byType, trend } = this.counts;
    const now = this.clock.now();
    total.take(durationMs, failed, now);
    tallyOf(byType, type, () => new JobTally()).take(durationMs, failed, now);
    trend.add(durationMs, failed);
  }

  /** The JSON view begins anew; Prometheus counts on. */
  reset(): void {
    this.counts = this.nothing();
  }

  private lookAt(ask: () => Promise<Map<string, QueueDepth>>): SharedLook<Map<string, QueueDepth>> {
    return new SharedLook(ask, 0, () => this.clock.monotonicMs());
  }

  private nothing(): JobCounts {
    return { total: new JobTally(), byType: new Map(), trend: new Trend(() => this.clock.monotonicMs()) };
  }
}
