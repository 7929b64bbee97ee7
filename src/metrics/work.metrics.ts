import { getToken, makeCounterProvider, makeHistogramProvider } from '@willsoto/nestjs-prometheus';

const JOB_RUNS_TOTAL = 'novitai_job_runs_total';
const JOB_DURATION = 'novitai_job_duration_seconds';
const CACHE_QUESTIONS_TOTAL = 'novitai_cache_questions_total';

export const JOB_COUNTER = getToken(JOB_RUNS_TOTAL);
export const JOB_DURATIONS = getToken(JOB_DURATION);
export const CACHE_COUNTER = getToken(CACHE_QUESTIONS_TOTAL);

/** Metrics of work other than requests. The rooms report it through JobFigures and CacheFigures. */
export const workMetricProviders = [
  makeCounterProvider({
    name: JOB_RUNS_TOTAL,
    help: 'Runs of jobs that ended, by type and outcome: processed, failed.',
    labelNames: ['type', 'outcome'],
  }),
  makeHistogramProvider({
    name: JOB_DURATION,
    help: 'Duration of runs of jobs in seconds, by type.',
    labelNames: ['type'],
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
  }),
  makeCounterProvider({
    name: CACHE_QUESTIONS_TOTAL,
    help: 'Requests to the cache of what Novita sells: hit, stale (answered and refreshed), miss (waited for Novita).',
    labelNames: ['outcome'],
  }),
];
