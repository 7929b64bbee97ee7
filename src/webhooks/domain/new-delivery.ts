import { eventView } from '../../events/event.view.js';
import { instanceOf } from './matches-filter.js';
import type { StoredEvent } from '../../events/event-log.js';
import type { Delivery } from './webhook.js';

export type NewDelivery = Pick<
  Delivery,
  'id' | 'webhookId' | 'eventPosition' | 'eventType' | 'eventAt' | 'subject' | 'body'
>;

export const TEST_TYPE = 'webhook.test';

/** The delivery of an event. Its body is the event as `GET /api/events` shows it, in the envelope of Standard Webhooks. */
export const deliveryOf = (id: string, webhookId: string, event: StoredEvent): NewDelivery => ({
  id,
  webhookId,
  eventPosition: event.position,
  eventType: event.type,
  eventAt: event.at,
  subject: instanceOf(event) ?? `${event.subject.kind}:${event.subject.id}`,
  body: JSON.stringify({ type: event.type, timestamp: event.at.toISOString(), data: eventView(event) }),
});

/** A delivery that says only that it is a test. It waits for no other, and no other waits for it. */
export const testDelivery = (id: string, webhookId: string, now: Date): NewDelivery => ({
  id,
  webhookId,
  eventPosition: 0,
  eventType: TEST_TYPE,
  eventAt: now,
  subject: id,
  body: JSON.stringify({ type: TEST_TYPE, timestamp: now.toISOString(), data: { webhook: webhookId } }),
});
