import type { EventDraft } from '../../events/event-catalogue.js';
import type { DeliveryState } from '../../vocabulary/webhook.js';
import type { Delivery, LastAttempt, Webhook } from './webhook.js';

/** What is written after an attempt. */
export interface AttemptResult {
  last: LastAttempt;
  /** Of the delivery. `waiting`: it is tried again at `nextAttemptAt`. */
  state: Exclude<DeliveryState, 'cancelled'>;
  nextAttemptAt: Date | null;
  attempts: number;
  /** A sentence without text of the receiver; null after a success. */
  failure: string | null;
  slowUntil: Date | null;
  /** The receiver wants nothing any more. */
  isGone: boolean;
}

/**
 * What an attempt changes of its endpoint. No attempt begins during a pause, so one that ends during a pause began before it, and says nothing
 * against it: a pause is never shortened.
 */
export const healthAfter = (
  { failuresInRow, slowUntil: before }: Pick<Webhook, 'failuresInRow' | 'slowUntil'>,
  { last, failure, slowUntil, isGone }: AttemptResult,
): Partial<Webhook> => ({
  ...(failure === null
    ? { lastSuccessAt: last.at, failuresInRow: 0 }
    : { lastFailureAt: last.at, lastFailure: failure, failuresInRow: failuresInRow + 1 }),
  slowUntil: before && before > (slowUntil ?? last.at) ? before : slowUntil,
  ...(isGone && { setting: 'disabled', disabledReason: 'gone' }),
});

/** The events that tell what an attempt changed of its endpoint. */
export const eventsOfAttempt = (
  webhook: Pick<Webhook, 'url' | 'setting'>,
  delivery: Pick<Delivery, 'id' | 'eventType'>,
  result: AttemptResult,
): EventDraft<'webhook'>[] => {
  const { host } = new URL(webhook.url);
  if (result.isGone && webhook.setting !== 'disabled')
    return [{ type: 'webhook.disabled', data: { host, reason: 'gone' } }];
  if (result.state !== 'failed') return [];
  const { id: deliveryId, eventType } = delivery;
  const { attempts, failure } = result;
  return [
    {
      type: 'webhook.attempts_exhausted',
      data: { host, deliveryId, eventType, attempts, failure: failure ?? '' },
    },
  ];
};
