import { makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import type { Gauge } from 'prom-client';
import { FIGURE_TIMEOUT_MS } from '../metrics/figure-timeout.js';
import { HealthService } from './health.service.js';

export const healthMetricProviders = [
  makeGaugeProvider({
    name: 'novitai_part_up',
    help: '0 while a part of the service, or something it needs, is down (see GET /health), else 1.',
    labelNames: ['part'],
    inject: [HealthService],
    async collect(this: Gauge<'part'>, health: HealthService) {
      // a part that has not answered yet has no sample
      const parts = await health.parts(FIGURE_TIMEOUT_MS).catch(() => ({}));
      this.reset();
      for (const [part, { status }] of Object.entries(parts)) this.set({ part }, status === 'down' ? 0 : 1);
    },
  }),
];
