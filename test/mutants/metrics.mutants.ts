import { plantedIn } from './suite-mutant.js';

const FIGURES = 'src/metrics/figures.test.ts';
const JSON_VIEW = 'test/e2e/metrics-json.test.ts';
const TREND = 'src/metrics/trend.test.ts';

export const METRICS_MUTANTS = plantedIn(
  'src/metrics',
  [
    'the trend of 15 minutes covers 5',
    'metrics-json.view.ts',
    "'15m': windowView(requests, jobs, 15)",
    "'15m': windowView(requests, jobs, 5)",
    FIGURES,
  ],
  ['seconds of jobs are milliseconds for Prometheus', 'job-figures.ts', 'durationMs / 1000', 'durationMs', FIGURES],
  [
    'seconds of requests are milliseconds for Prometheus',
    'request-figures.ts',
    'durationMs / 1000',
    'durationMs',
    FIGURES,
  ],
  [
    'the longest time of a trend is half of what it says',
    'trend.ts',
    'const LONGEST_MINUTES = 15;',
    'const LONGEST_MINUTES = 7;',
    TREND,
  ],
  ['a slot of an earlier round is counted on', 'trend.ts', 'if (slot?.number !== number)', 'if (!slot)', TREND],
  [
    'a rate is of the whole window while it is young',
    'trend.ts',
    'Math.min(coveredMs, now - this.beganMs)',
    'coveredMs',
    TREND,
  ],
  ['refusals count as errors of the service', 'request-figures.ts', 'status >= 500;', 'status >= 400;', FIGURES],
  [
    'the shortest time is the longest',
    'duration-tally.ts',
    'this.leastMs = Math.min(this.leastMs, durationMs)',
    'this.leastMs = Math.max(this.mostMs, durationMs)',
    FIGURES,
  ],
  [
    'a stale answer of the cache counts as a miss',
    'cache-figures.ts',
    "if (outcome === 'miss')",
    "if (outcome !== 'hit')",
    FIGURES,
  ],
  [
    'a reset of the JSON view resets Prometheus too',
    'request-figures.ts',
    'reset(): void {\n    this.counts',
    'reset(): void {\n    this.requests.reset();\n    this.counts',
    JSON_VIEW,
  ],
  [
    'failed runs of jobs count as processed',
    'job-figures.ts',
    "outcome: failed ? 'failed' : 'processed'",
    "outcome: 'processed'",
    FIGURES,
  ],
  [
    'a path becomes a label',
    'http.metrics.ts',
    "route: request.routeOptions.url ?? 'none',",
    'route: request.url,',
    JSON_VIEW,
  ],
  [
    'memory is told in bytes',
    'metrics-json.view.ts',
    'memoryUsageMB: tenths(system.memory.rss / MIB)',
    'memoryUsageMB: tenths(system.memory.rss)',
    FIGURES,
  ],
);
