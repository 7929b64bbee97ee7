import type { Counter, Histogram } from 'prom-client';
import type { Clock } from '../time/clock.js';
import { DurationTally, tallyOf } from './duration-tally.js';
import { Trend } from './trend.js';

type Label = 'method' | 'route' | 'status';
export type RequestCounter = Counter<Label>;
export type RequestDurations = Histogram<Label>;

/** An answered request. */
export interface AnsweredRequest {
  method: string;
  /** The route template, or `none` when no route matched. */
  route: string;
  status: number;
  /** Null: the answer came late on purpose, and says nothing about how quick the service is. */
  durationMs: number | null;
  /** The code of a refusal, or null. */
  code: string | null;
}

export class RequestTally extends DurationTally {
  readonly statusCodes = new Map<number, number>();

  record(durationMs: number, status: number, at: Date): void {
    this.add(durationMs, at);
    this.statusCodes.set(status, (this.statusCodes.get(status) ?? 0) + 1);
  }
}

/** Counts since the start of the process or the last reset. */
export interface RequestCounts {
  total: RequestTally;
  /** By method and route template. */
  byEndpoint: Map<string, RequestTally>;
  byMethod: Map<string, RequestTally>;
  /** Refusals by their code. */
  errors: Map<string, number>;
  trend: Trend;
}

const isFailure = (status: number): boolean => status >= 500;

/** Counts every answered request of this process, for Prometheus and for the JSON view. */
export class RequestFigures {
  counts: RequestCounts;

  constructor(
    private readonly clock: Clock,
    private readonly requests: RequestCounter,
    private readonly durations: RequestDurations,
  ) {
    this.counts = this.nothing();
  }

  record(request: AnsweredRequest): void {
    const { method, route, status, durationMs, code } = request;
    const labels = { method, route, status: String(status) };
    this.requests.inc(labels);
    const { total, byEndpoint, byMethod, errors, trend } = this.counts;
    if (code !== null) errors.set(code, (errors.get(code) ?? 0) + 1);
    if (durationMs === null) return;

    this.durations.observe(labels, durationMs / 1000);
    const now = this.clock.now();
    total.record(durationMs, status, now);
    tallyOf(byEndpoint, `${method} ${route}`, () => new RequestTally()).record(durationMs, status, now);
    tallyOf(byMethod, method, () => new RequestTally()).record(durationMs, status, now);
    trend.add(durationMs, isFailure(status));
  }

  /** Resets the JSON view. The counters of Prometheus go on. */
  reset(): void {
    this.counts = this.nothing();
  }

  private nothing(): RequestCounts {
    return {
      total: new RequestTally(),
      byEndpoint: new Map(),
      byMethod: new Map(),
      errors: new Map(),
      trend: new Trend(() => this.clock.monotonicMs()),
    };
  }
}
