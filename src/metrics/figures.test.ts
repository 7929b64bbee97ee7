/** What is counted, told in both shapes from counts that a test makes itself: durations and times are exact. */
import { Counter, Histogram, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { CacheFigures, type CacheOutcome } from './cache-figures.js';
import { JobFigures } from './job-figures.js';
import { type Counted, metricsView, summaryView } from './metrics-json.view.js';
import { type AnsweredRequest, RequestFigures } from './request-figures.js';

const MINUTE = 60_000;

const begin = () => {
  const time = { ms: 0 };
  const clock = { now: () => new Date(time.ms), monotonicMs: () => time.ms };
  const registry = new Registry();
  const common = { help: 'of a test', registers: [registry] };
  const requestLabels = ['method', 'route', 'status'] as const;
  const requests = new RequestFigures(
    clock,
    new Counter({ ...common, name: 'requests', labelNames: requestLabels }),
    new Histogram({ ...common, name: 'request_seconds', labelNames: requestLabels }),
  );
  const jobs = new JobFigures(
    clock,
    new Counter({ ...common, name: 'jobs', labelNames: ['type', 'outcome'] }),
    new Histogram({ ...common, name: 'job_seconds', labelNames: ['type'] }),
  );
  const cache = new CacheFigures(new Counter({ ...common, name: 'questions', labelNames: ['outcome'] }));
  const system = { memory: process.memoryUsage(), cpu: { usage: 0, loadAverage: [] }, uptime: 7 };
  const counted = (): Counted => ({
    requests: requests.counts,
    jobs: jobs.counts,
    depth: null,
    cache,
    system: { ...system, eventLoop: { delayP99Ms: 0, utilization: 0 } },
  });
  /** The sample of Prometheus with exactly these labels. */
  const sample = async (name: string, labels: string): Promise<number> => {
    const line = (await registry.metrics()).split('\n').find((text) => text.startsWith(`${name}{${labels}} `));
    return Number(line?.split(' ').at(-1));
  };
  return { time, requests, jobs, cache, counted, view: () => metricsView(counted(), clock.now()), sample };
};

const answered = (durationMs: number, status = 200): AnsweredRequest => ({
  method: 'GET',
  route: '/api/offers',
  status,
  durationMs,
  code: null,
});

describe('the figures', () => {
  it('of requests are counts and milliseconds in the JSON view, and seconds for Prometheus', async () => {
    const { time, requests, view, sample } = begin();
    time.ms = 5_000;
    for (const ms of [250, 2_000, 1_500]) requests.record(answered(ms));
    expect(view().requests.total).toEqual({
      count: 3,
      totalDuration: 3_750,
      averageDuration: 1_250,
      minDuration: 250,
      maxDuration: 2_000,
      statusCodes: { '200': 3 },
      lastRequest: '1970-01-01T00:00:05.000Z',
    });
    expect(await sample('request_seconds_sum', 'method="GET",route="/api/offers",status="200"')).toBe(3.75);
  });

  it('of jobs are counts and milliseconds in the JSON view, and seconds and outcomes for Prometheus', async () => {
    const { jobs, view, sample } = begin();
    jobs.record('reconcile', 2_000, false);
    jobs.record('reconcile', 500, true);
    jobs.record('reconcile', 500, true);
    expect(view().jobs.byType).toEqual({
      reconcile: {
        processed: 3,
        failed: 2,
        totalProcessingTime: 3_000,
        averageProcessingTime: 1_000,
        minProcessingTime: 500,
        maxProcessingTime: 2_000,
        queueSize: null,
        lastProcessed: '1970-01-01T00:00:00.000Z',
      },
    });
    expect(await sample('job_seconds_sum', 'type="reconcile"')).toBe(3);
    expect(await sample('jobs', 'type="reconcile",outcome="processed"')).toBe(1);
    expect(await sample('jobs', 'type="reconcile",outcome="failed"')).toBe(2);
  });

  it('call only what was answered with 500 or more an error of the service', () => {
    const { time, requests, counted, view } = begin();
    for (const status of [200, 400, 404, 429, 499, 500, 503, 200]) requests.record(answered(1, status));
    time.ms = 1_000;
    expect(view().errors.ratePercent).toBe(25);
    expect(view().trends['1m'].errorRatePercent).toBe(25);
    expect(summaryView(counted()).performance.errorRatePercent).toBe(25);
  });

  it('have trends over one, five and fifteen minutes', () => {
    const { time, requests, jobs, view } = begin();
    const happen = (atMinute: number, times: number, failed: boolean): void => {
      time.ms = atMinute * MINUTE;
      for (let index = 0; index < times; index++) {
        requests.record(answered(atMinute, failed ? 500 : 200));
        jobs.record('reconcile', 1, failed);
      }
    };
    happen(1, 100, true);
    happen(7, 4, false);
    happen(16, 3, true);
    happen(19, 1, false);
    time.ms += 30_000;
    const shares = (minutes: '1m' | '5m' | '15m'): number[] => {
      const { averageResponseTimeMs, errorRatePercent, jobFailureRatePercent } = view().trends[minutes];
      return [averageResponseTimeMs, errorRatePercent, jobFailureRatePercent];
    };
    expect(shares('1m')).toEqual([19, 0, 0]);
    expect(shares('5m')).toEqual([16.8, 75, 75]);
    expect(shares('15m')).toEqual([11.9, 37.5, 37.5]);
  });

  it('count what the cache answered at once as a hit, fresh or stale, and what waited for Novita as a miss', async () => {
    const { cache, counted, view, sample } = begin();
    const outcomes: CacheOutcome[] = ['miss', 'hit', 'stale', 'stale'];
    for (const outcome of outcomes) cache.record(outcome, 6);
    expect(view().cache).toEqual({ hits: 3, misses: 1, totalSize: 6, hitRatio: 75 });
    expect(summaryView(counted()).cache).toEqual({ hitRatePercent: 75, totalSize: 6 });
    expect(await sample('questions', 'outcome="stale"')).toBe(2);
  });

  it('of memory are in MiB in the summary', () => {
    const { counted } = begin();
    const system = { ...counted().system, memory: { ...process.memoryUsage(), rss: 150.25 * 1024 * 1024 } };
    expect(summaryView({ ...counted(), system }).system.memoryUsageMB).toBe(150.3);
  });
});
