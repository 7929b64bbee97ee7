import type { Law } from './law.js';

export const quietEndpoint: Law = {
  name: 'quiet-endpoint',
  sentence: 'Nothing is taken to be sent to an endpoint while it is paused or disabled.',
  excuses: [],
  checks: {
    *deliveryLeaves({ deliveryId, endpoint, takenAt }) {
      const setting = endpoint.settingAt(takenAt ?? 0);
      if (setting !== 'enabled') yield `${deliveryId} is sent to ${endpoint.id}, which was ${setting}`;
    },
  },
};
