import { makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import type { Gauge } from 'prom-client';
import { FIGURE_TIMEOUT_MS } from '../metrics/figure-timeout.js';
import { JobFigures } from '../metrics/job-figures.js';

const STATES = ['waiting', 'scheduled', 'running', 'dead'] as const;

/** Every replica reports the jobs of all replicas: take the maximum, not the sum. */
export const jobMetricProviders = [
  makeGaugeProvider({
    name: 'novitai_jobs',
    help: 'Jobs of all replicas by type and state: waiting (could start), scheduled (for later), running, dead (failed for good).',
    labelNames: ['type', 'state'],
    inject: [JobFigures],
    async collect(this: Gauge<'type' | 'state'>, figures: JobFigures) {
      // without a count there is no sample, since an old figure would look current
      const depths = await figures.depth(FIGURE_TIMEOUT_MS).catch(() => null);
      this.reset();
      for (const [type, depth] of depths ?? []) for (const state of STATES) this.set({ type, state }, depth[state]);
    },
  }),
];
