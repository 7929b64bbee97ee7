import type { BackgroundTask } from '../timetable/background-task.js';
import type { WebhookDispatcher } from './delivery/webhook-dispatcher.js';

/** What a look adds at most to the first attempt, which is promised within a second. */
const EVERY_MS = 250;
/** While no endpoint gets events. */
const IDLE_EVERY_MS = 1_000;
const LEASE_SECONDS = 10;

export const webhooksTask = (dispatcher: Pick<WebhookDispatcher, 'run' | 'isNeeded'>): BackgroundTask => ({
  name: 'webhooks',
  description:
    'Sends events to webhook endpoints, and tries again what failed. Without it, events wait, and are sent when it runs again.',
  lease: { name: 'webhooks', seconds: () => LEASE_SECONDS },
  periodMs: () => (dispatcher.isNeeded ? EVERY_MS : IDLE_EVERY_MS),
  longestPeriodMs: IDLE_EVERY_MS,
  run: () => dispatcher.run(),
});
