import { makeCounterProvider, makeGaugeProvider, makeHistogramProvider } from '@willsoto/nestjs-prometheus';
import type { Counter, Gauge, Histogram } from 'prom-client';
import { FIGURE_TIMEOUT_MS } from '../metrics/figure-timeout.js';
import { secondsBetween, type Clock } from '../time/clock.js';
import { within } from '../time/within.js';
import { isSuccess } from './domain/after-attempt.js';
import type { DeliveryLog } from './store/delivery-log.js';
import type { AttemptResult } from './domain/attempt-result.js';

export const ATTEMPT_COUNTER = 'novitai_webhook_attempts_total';
export const ATTEMPT_DURATIONS = 'novitai_webhook_attempt_seconds';
export const EXHAUSTED_COUNTER = 'novitai_webhook_deliveries_exhausted_total';

export type AttemptCounter = Counter<'result'>;
export type AttemptDurations = Histogram;
export type ExhaustedCounter = Counter;

const RESULTS = ['delivered', 'refused', 'unanswered'] as const;
type Result = (typeof RESULTS)[number];

/** Counts attempts to deliver. */
export class WebhookFigures {
  constructor(
    private readonly attempts: AttemptCounter,
    private readonly durations: AttemptDurations,
    private readonly exhausted: ExhaustedCounter,
    readonly deliveries: DeliveryLog,
    readonly clock: Clock,
  ) {
    for (const result of RESULTS) attempts.inc({ result }, 0);
  }

  noteAttempt(result: AttemptResult): void {
    this.attempts.inc({ result: resultOf(result) });
    this.durations.observe(result.last.durationMs / 1000);
    if (result.state === 'failed' && !result.isGone) this.exhausted.inc();
  }
}

const resultOf = ({ last: { status } }: AttemptResult): Result => {
  if (status === null) return 'unanswered';
  return isSuccess(status) ? 'delivered' : 'refused';
};

const showBacklog = (
  name: string,
  help: string,
  valueOf: (backlog: Awaited<ReturnType<DeliveryLog['backlog']>>, now: Date) => number,
) =>
  makeGaugeProvider({
    name,
    help,
    inject: [WebhookFigures],
    async collect(this: Gauge, { deliveries, clock }: WebhookFigures) {
      const backlog = await within(FIGURE_TIMEOUT_MS, deliveries.backlog()).catch(() => null);
      if (backlog) this.set(valueOf(backlog, clock.now()));
      else this.remove();
    },
  });

export const webhookMetricProviders = [
  makeCounterProvider({
    name: ATTEMPT_COUNTER,
    help: 'Attempts to deliver an event to a webhook endpoint, by this replica.',
    labelNames: ['result'],
  }),
  makeHistogramProvider({
    name: ATTEMPT_DURATIONS,
    help: 'Seconds from the look-up of the name to the answer of a webhook receiver.',
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15],
  }),
  makeCounterProvider({
    name: EXHAUSTED_COUNTER,
    help: 'Deliveries whose attempts are used up. Alarm on it: the receiver has missed an event.',
  }),
  showBacklog(
    'novitai_webhook_deliveries_waiting',
    'Deliveries that wait for enabled endpoints.',
    ({ waiting }) => waiting,
  ),
  showBacklog(
    'novitai_webhook_oldest_waiting_seconds',
    'How long ago the oldest event happened that waits for an enabled endpoint; 0 when there is none.',
    ({ oldestAt }, now) => (oldestAt ? Math.max(0, secondsBetween(oldestAt, now)) : 0),
  ),
];
