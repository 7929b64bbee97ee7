import type { Law } from './law.js';

/** Clocks show whole milliseconds. */
const ROUNDING_MS = 2;

export const quietEndpoint: Law = {
  name: 'quiet-endpoint',
  sentence:
    'Nothing is taken to be sent to an endpoint while it is paused or disabled, or while its receiver has asked for a pause.',
  excuses: [],
  checks: {
    *deliveryLeaves({ deliveryId, endpoint, takenAt }, { world }) {
      if (takenAt === null) return;
      const setting = endpoint.settingAt(takenAt);
      if (setting !== 'enabled') yield `${deliveryId} is sent to ${endpoint.id}, which was ${setting}`;
      const pauseMs = endpoint.pauseLeftMs(takenAt);
      if (pauseMs > 2 * world.skewMs + ROUNDING_MS)
        yield `${deliveryId} is sent to ${endpoint.id} ${pauseMs / 1000} s before the end of its pause`;
    },
  },
};
