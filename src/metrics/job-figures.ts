import type { Counter, Histogram } from 'prom-client';
import { SharedRead } from '../database/shared-read.js';
import type { Clock } from '../time/clock.js';
import { DurationTally, tallyOf } from './duration-tally.js';
import { Trend } from './trend.js';

export type JobCounter = Counter<'type' | 'outcome'>;
export type JobDurations = Histogram<'type'>;

/** Numbers of jobs of all replicas, by state. */
export interface QueueDepth {
  /** Jobs that could start now. */
  waiting: number;
  /** Jobs that wait for a later time. */
  scheduled: number;
  running: number;
  /** Jobs that failed for good, and are kept for an operator. */
  dead: number;
}

export class JobTally extends DurationTally {
  failed = 0;

  record(durationMs: number, failed: boolean, at: Date): void {
    this.add(durationMs, at);
    if (failed) this.failed += 1;
  }
}

export interface JobCounts {
  total: JobTally;
  byType: Map<string, JobTally>;
  trend: Trend;
}

/** Counts every run of a job in this process, for Prometheus and for the JSON view. */
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

  /** Sets how the queues are read. Called by the room `jobs`, which is on a higher floor. */
  setDepth(ask: () => Promise<Map<string, QueueDepth>>): void {
    this.depths = this.lookAt(ask);
  }

  /** Counts by type of job. Rejects when the database fails, or takes longer than this. */
  depth(timeoutMs: number): Promise<Map<string, QueueDepth>> {
    return this.depths.within(timeoutMs);
  }

  record(type: string, durationMs: number, failed: boolean): void {
    this.runs.inc({ type, outcome: failed ? 'failed' : 'processed' });
    this.durations.observe({ type }, durationMs / 1000);

    const { total, byType, trend } = this.counts;
    const now = this.clock.now();
    total.record(durationMs, failed, now);
    tallyOf(byType, type, () => new JobTally()).record(durationMs, failed, now);
    trend.add(durationMs, failed);
  }

  /** Resets the JSON view. The counters of Prometheus go on. */
  reset(): void {
    this.counts = this.nothing();
  }

  private lookAt(ask: () => Promise<Map<string, QueueDepth>>): SharedRead<Map<string, QueueDepth>> {
    return new SharedRead(ask, 0, () => this.clock.monotonicMs());
  }

  private nothing(): JobCounts {
    return { total: new JobTally(), byType: new Map(), trend: new Trend(() => this.clock.monotonicMs()) };
  }
}
