import { makeCounterProvider, makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import type { Counter, Gauge } from 'prom-client';
import { DatabaseTime } from './database-time.driver.js';

export const clockMetricProviders = [
  makeGaugeProvider({
    name: 'novitai_clock_ahead_seconds',
    help: 'How far the shared clock of the replicas is ahead of the database clock, which has jumped; negative when it is behind.',
    inject: [DatabaseTime],
    collect(this: Gauge, time: DatabaseTime) {
      this.set(time.aheadSeconds);
    },
  }),
  makeCounterProvider({
    name: 'novitai_database_clock_jumps_total',
    help: 'How often this process has seen the database clock jump by more than five seconds.',
    inject: [DatabaseTime],
    collect(this: Counter, time: DatabaseTime) {
      this.reset();
      this.inc(time.jumps);
    },
  }),
];
