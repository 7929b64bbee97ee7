import type { BackgroundTask } from '../timetable/background-task.js';
import type { WebhookDispatcher } from './delivery/webhook-dispatcher.js';

/** Half of a second is what a look may add to the first attempt: receivers are promised one within a second. */
const EVERY_MS = 250;
const LEASE_SECONDS = 10;

export const webhooksTask = (dispatcher: Pick<WebhookDispatcher, 'run'>): BackgroundTask => ({
  name: 'webhooks',
  description:
    'Sends events to webhook endpoints, and tries again what failed. Without it, events wait, and are sent when it runs again.',
  lease: { name: 'webhooks', seconds: () => LEASE_SECONDS },
  periodMs: () => EVERY_MS,
  longestPeriodMs: EVERY_MS,
  run: () => dispatcher.run(),
});
