import { Module } from '@nestjs/common';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { register } from 'prom-client';
import { httpMetricProviders } from './http.metrics.js';
import { MetricsController } from './metrics.controller.js';

/** The registry belongs to the process and not to an application; a second application in it must not collect twice. */
const isCollecting = (): boolean => register.getSingleMetric('process_cpu_user_seconds_total') !== undefined;

/**
 * `GET /metrics`. A room declares its own metrics in a `*.metrics.ts` of its own, with the `make…Provider` functions of
 * `@willsoto/nestjs-prometheus`, and puts them among its module's providers: they appear here by themselves. Labels are
 * words of ours (a route template, an outcome), never ids or anything a caller wrote.
 */
@Module({})
export class MetricsModule {
  static forRoot() {
    return {
      module: MetricsModule,
      imports: [
        PrometheusModule.register({
          controller: MetricsController,
          defaultMetrics: { enabled: !isCollecting() },
        }),
      ],
      providers: httpMetricProviders,
      exports: httpMetricProviders,
    };
  }
}
