import { getToken, makeHistogramProvider } from '@willsoto/nestjs-prometheus';
import type { Histogram } from 'prom-client';

const TIME_TO_READY_SECONDS = 'novitai_time_to_ready_seconds';
export type TimeToReady = Histogram;
export const TIME_TO_READY = getToken(TIME_TO_READY_SECONDS);

export const timeToReadyProvider = makeHistogramProvider({
  name: TIME_TO_READY_SECONDS,
  help: 'Seconds from a command (create, start, restart) until its workload answered.',
  buckets: [5, 15, 30, 60, 120, 180, 300, 600, 1_200, 1_800, 3_600],
});
