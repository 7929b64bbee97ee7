import { getToken, makeCounterProvider, makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import type { Counter, Gauge } from 'prom-client';

export type StreamCutReason = 'unread' | 'key' | 'failure';

const CUT_STREAMS_TOTAL = 'novitai_event_streams_cut_total';
export const CUT_STREAMS = getToken(CUT_STREAMS_TOTAL);
export type CutStreams = Counter<'reason'>;

/** Counts the requests of this replica that wait for something to happen. */
export class OpenRequests {
  waits = 0;
  streams = 0;
}

export const openRequestsMetricProviders = [
  OpenRequests,
  makeGaugeProvider({
    name: 'novitai_open_waits',
    help: 'Requests of this replica that wait until an instance is ready, stopped or deleted.',
    inject: [OpenRequests],
    collect(this: Gauge, open: OpenRequests) {
      this.set(open.waits);
    },
  }),
  makeGaugeProvider({
    name: 'novitai_event_streams',
    help: 'Clients of this replica that follow the event stream.',
    inject: [OpenRequests],
    collect(this: Gauge, open: OpenRequests) {
      this.set(open.streams);
    },
  }),
  makeCounterProvider({
    name: CUT_STREAMS_TOTAL,
    help: 'Event streams that were cut by the service: the client did not read (unread), its key is no longer valid (key), or the events could not be read (failure).',
    labelNames: ['reason'],
  }),
];
