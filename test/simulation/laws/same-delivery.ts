import { databaseWentBack } from './excuses.js';
import type { Law } from './law.js';

export const sameDelivery: Law = {
  name: 'same-delivery',
  sentence: 'An event bears the same `webhook-id` whenever it is sent to an endpoint.',
  excuses: [databaseWentBack],
  checks: {
    *deliveryLeaves({ endpoint, event, deliveryId, firstId }, scene) {
      if (firstId === deliveryId || databaseWentBack.applies(scene)) return;
      yield `${event.id} is sent to ${endpoint.id} as ${deliveryId}, and was sent as ${firstId}`;
    },
  },
};
