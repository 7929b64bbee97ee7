import type { Law } from './law.js';

/** As docs/webhooks.md publishes them: the least seconds from the end of an attempt to the next. */
const WAITS = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

/** Clocks show whole milliseconds. */
const ROUNDING_MS = 2;

export const deliverySchedule: Law = {
  name: 'delivery-schedule',
  sentence:
    'An event whose delivery has failed is tried again when the published time is over, never before, and ten times in all.',
  excuses: [],
  checks: {
    *deliveryLeaves({ deliveryId, endpoint, takenAt }, { deliveries, world }) {
      const attempts = takenAt === null ? [] : deliveries.attemptsAt(deliveryId, takenAt);
      const last = attempts.at(-1);
      if (takenAt === null || !last) return;
      const wait = WAITS[attempts.length - 1];
      if (wait === undefined) yield `${deliveryId} is sent to ${endpoint.id} for the ${attempts.length + 1}th time`;
      // one process has noted when the attempt ended, and another one may look at its own clock
      else if (takenAt < last.endedAt + wait * 1000 - 2 * world.skewMs - ROUNDING_MS) {
        yield `${deliveryId} is sent ${(takenAt - last.endedAt) / 1000} s after attempt ${attempts.length}, and not ${wait}`;
      }
    },
  },
};
