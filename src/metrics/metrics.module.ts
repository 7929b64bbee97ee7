import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { register } from 'prom-client';
import { CLOCK, type Clock } from '../time/clock.js';
import { CacheFigures, type CacheCounter } from './cache-figures.js';
import { httpMetricProviders, REQUEST_COUNTER, REQUEST_DURATIONS } from './http.metrics.js';
import { JobFigures, type JobCounter, type JobDurations } from './job-figures.js';
import { MetricsJsonController } from './metrics-json.controller.js';
import { MetricsController } from './metrics.controller.js';
import { RequestFigures, type RequestCounter, type RequestDurations } from './request-figures.js';
import { SystemFigures } from './system-figures.js';
import { CACHE_COUNTER, JOB_COUNTER, JOB_DURATIONS, workMetricProviders } from './work.metrics.js';

/** The registry belongs to the process, so a second application in the process must not collect again. */
const isCollecting = (): boolean => register.getSingleMetric('process_cpu_user_seconds_total') !== undefined;

const figures: Provider[] = [
  {
    provide: RequestFigures,
    inject: [CLOCK, REQUEST_COUNTER, REQUEST_DURATIONS],
    useFactory: (clock: Clock, requests: RequestCounter, durations: RequestDurations) =>
      new RequestFigures(clock, requests, durations),
  },
  {
    provide: JobFigures,
    inject: [CLOCK, JOB_COUNTER, JOB_DURATIONS],
    useFactory: (clock: Clock, runs: JobCounter, durations: JobDurations) => new JobFigures(clock, runs, durations),
  },
  {
    provide: CacheFigures,
    inject: [CACHE_COUNTER],
    useFactory: (questions: CacheCounter) => new CacheFigures(questions),
  },
  SystemFigures,
];

/**
 * `GET /metrics` for Prometheus and `GET /api/metrics` for people, from the same counts. To add a metric, declare it in a `*.metrics.ts` of
 * the room, with the `make…Provider` functions of `@willsoto/nestjs-prometheus`, and add it to the providers of the room's module. What
 * the JSON view shows too goes through one of the figures, which are global. Labels are our own words (a route template, an outcome),
 * never ids or text of a caller.
 */
@Module({})
export class MetricsModule {
  static forRoot(): DynamicModule {
    return {
      module: MetricsModule,
      global: true,
      imports: [
        PrometheusModule.register({
          controller: MetricsController,
          defaultMetrics: { enabled: !isCollecting() },
        }),
      ],
      controllers: [MetricsJsonController],
      providers: [...httpMetricProviders, ...workMetricProviders, ...figures],
      exports: figures,
    };
  }
}
