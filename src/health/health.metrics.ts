import { makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import type { Gauge } from 'prom-client';
import { FIGURE_MS } from '../metrics/figure-patience.js';
import { HealthService } from './health.service.js';

export const healthMetricProviders = [
  makeGaugeProvider({
    name: 'novitai_part_up',
    help: '0 while a part of the service or what it needs is down, as GET /health tells, else 1.',
    labelNames: ['part'],
    inject: [HealthService],
    async collect(this: Gauge<'part'>, health: HealthService) {
      // parts that take long to answer have no sample: nothing is known of them yet
      const parts = await health.parts(FIGURE_MS).catch(() => ({}));
      this.reset();
      for (const [part, { status }] of Object.entries(parts)) this.set({ part }, status === 'down' ? 0 : 1);
    },
  }),
];
