import type { CacheFigures } from './cache-figures.js';
import type { JobFigures, JobTally, QueueDepth } from './job-figures.js';
import type { CacheMetrics, JobMetrics, RequestMetrics, SystemMetrics, Trends, TrendWindow } from './figures.dto.js';
import type { MetricsData, MetricsSummaryData } from './metrics-json.dto.js';
import type { RequestFigures, RequestTally } from './request-figures.js';
import type { SystemUse } from './system-figures.js';
import { averageMs, percent, perMinute, tenths, type Trend } from './trend.js';

/** The figures that the views show. */
export interface Counted {
  requests: RequestFigures['counts'];
  jobs: JobFigures['counts'];
  /** By type, or null when the database does not answer. */
  depth: ReadonlyMap<string, QueueDepth> | null;
  cache: Pick<CacheFigures, 'counts' | 'size'>;
  system: SystemUse;
}

const SUMMARY_MINUTES = 5;
const MIB = 1024 * 1024;

export const metricsView = (counted: Counted, now: Date): MetricsData => {
  const { requests, jobs, depth, system } = counted;
  const types = new Set([...jobs.byType.keys(), ...(depth?.keys() ?? [])]);
  const waitingOf = (type: string): number | null => (depth ? (depth.get(type)?.waiting ?? 0) : null);
  const waiting = depth ? [...depth.values()].reduce((sum, one) => sum + one.waiting, 0) : null;
  return {
    requests: {
      total: requestView(requests.total),
      byEndpoint: viewsOf(requests.byEndpoint, requestView),
      byMethod: viewsOf(requests.byMethod, requestView),
    },
    jobs: {
      total: jobView(jobs.total, waiting),
      byType: Object.fromEntries(
        [...types].sort().map((type) => [type, jobView(jobs.byType.get(type), waitingOf(type))]),
      ),
    },
    system: systemView(system, now),
    cache: cacheView(counted.cache),
    errors: {
      ratePercent: percent(failuresOf(requests.total), requests.total.count),
      byType: Object.fromEntries([...requests.errors].sort(([a], [b]) => (a < b ? -1 : 1))),
    },
    trends: trendsView(requests.trend, jobs.trend),
  };
};

export const summaryView = ({ requests, jobs, cache, system }: Counted): MetricsSummaryData => {
  const window = windowView(requests.trend, jobs.trend, SUMMARY_MINUTES);
  const { hitRatio, totalSize } = cacheView(cache);
  return {
    performance: {
      requestsPerMinute: window.requestsPerMinute,
      averageResponseTimeMs: window.averageResponseTimeMs,
      errorRatePercent: window.errorRatePercent,
    },
    jobs: { processingRatePerMinute: window.jobsPerMinute },
    system: {
      memoryUsageMB: tenths(system.memory.rss / MIB),
      cpuUsagePercent: system.cpu.usage,
      uptimeSeconds: system.uptime,
    },
    cache: { hitRatePercent: hitRatio, totalSize },
  };
};

export const systemView = (use: SystemUse, now: Date): SystemMetrics => ({ ...use, timestamp: now.toISOString() });

export const cacheView = ({ counts: { hits, misses }, size }: Counted['cache']): CacheMetrics => ({
  hits,
  misses,
  totalSize: size,
  hitRatio: percent(hits, hits + misses),
});

const trendsView = (requests: Trend, jobs: Trend): Trends => ({
  '1m': windowView(requests, jobs, 1),
  '5m': windowView(requests, jobs, 5),
  '15m': windowView(requests, jobs, 15),
});

const windowView = (requests: Trend, jobs: Trend, minutes: number): TrendWindow => {
  const answered = requests.over(minutes);
  const ran = jobs.over(minutes);
  return {
    requestsPerMinute: perMinute(answered),
    averageResponseTimeMs: averageMs(answered),
    errorRatePercent: percent(answered.failed, answered.count),
    jobsPerMinute: perMinute(ran),
    jobFailureRatePercent: percent(ran.failed, ran.count),
  };
};

const requestView = (tally: RequestTally): RequestMetrics => ({
  count: tally.count,
  totalDuration: tenths(tally.totalMs),
  averageDuration: tally.averageMs,
  minDuration: tally.minMs,
  maxDuration: tally.maxMs,
  statusCodes: Object.fromEntries([...tally.statusCodes].map(([code, count]) => [String(code), count])),
  lastRequest: tally.lastAt?.toISOString() ?? null,
});

const jobView = (tally: JobTally | undefined, queueSize: number | null): JobMetrics => ({
  processed: tally?.count ?? 0,
  failed: tally?.failed ?? 0,
  averageProcessingTime: tally?.averageMs ?? 0,
  totalProcessingTime: tenths(tally?.totalMs ?? 0),
  minProcessingTime: tally?.minMs ?? 0,
  maxProcessingTime: tally?.maxMs ?? 0,
  queueSize,
  lastProcessed: tally?.lastAt?.toISOString() ?? null,
});

const failuresOf = ({ statusCodes }: RequestTally): number =>
  [...statusCodes].reduce((sum, [code, count]) => (code >= 500 ? sum + count : sum), 0);

const viewsOf = <From, To>(all: ReadonlyMap<string, From>, view: (one: From) => To): Record<string, To> =>
  Object.fromEntries([...all].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, one]) => [key, view(one)]));
