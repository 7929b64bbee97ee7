import type { EventTail } from '../events/event-tail.js';
import type { BackgroundTask } from '../timetable/background-task.js';
import type { Clock } from '../time/clock.js';
import type { WebhookDispatcher } from './delivery/webhook-dispatcher.js';
import { EventAlarm } from './event-alarm.js';

/** What a look adds at most to the first attempt, which is promised within a second, when an event was not announced. */
const EVERY_MS = 500;
/** While no endpoint gets events. */
const IDLE_EVERY_MS = 1_000;
const LEASE_SECONDS = 10;

export const webhooksTask = (
  dispatcher: Pick<WebhookDispatcher, 'run' | 'isNeeded'>,
  tail: Pick<EventTail, 'follow'>,
  clock: Clock,
): BackgroundTask => {
  const alarm = new EventAlarm(tail, clock);
  return {
    name: 'webhooks',
    description:
      'Sends events to webhook endpoints, and tries again what failed. Without it, events wait, and are sent when it runs again.',
    lease: { name: 'webhooks', seconds: () => LEASE_SECONDS },
    periodMs: () => (dispatcher.isNeeded ? EVERY_MS : IDLE_EVERY_MS),
    longestPeriodMs: IDLE_EVERY_MS,
    run: async (signal, again) => {
      const status = await dispatcher.run();
      if (dispatcher.isNeeded && !signal.aborted) alarm.set(again);
      else alarm.off();
      return status;
    },
  };
};
