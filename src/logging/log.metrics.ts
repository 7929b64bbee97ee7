import { makeCounterProvider } from '@willsoto/nestjs-prometheus';
import type { Counter } from 'prom-client';
import { LogOutput } from './log-output.js';

export const logMetricProviders = [
  makeCounterProvider({
    name: 'novitai_log_lines_dropped_total',
    help: 'Log lines that were dropped because the reader of standard output was too slow, or is gone.',
    inject: [LogOutput],
    collect(this: Counter, output: LogOutput) {
      this.reset();
      this.inc(output.droppedLines);
    },
  }),
];
