import { eventIdOf } from '../../../src/events/event-id.js';
import { databaseWentBack } from './excuses.js';
import type { Law } from './law.js';

export const orderedDeliveries: Law = {
  name: 'ordered-deliveries',
  sentence:
    'No event is sent before its receiver has taken all earlier ones of the same instance that it wants, or these were given up.',
  excuses: [databaseWentBack],
  checks: {
    *deliveryLeaves({ endpoint, event }, scene) {
      const { world } = scene;
      if (databaseWentBack.applies(scene) || event.subject.kind !== 'instance') return;
      for (const earlier of world.store.eventsOf(event.subject.id)) {
        if (earlier.seq >= event.seq) return;
        const id = eventIdOf(earlier.position);
        if (!endpoint.wants(earlier) || scene.deliveries.hasReceived(endpoint, id)) continue;
        if (world.webhooks?.isGivenUp(endpoint, earlier.position)) continue;
        yield `${endpoint.id} is sent event ${event.seq} of ${event.subject.id}, and has not taken ${earlier.seq}`;
      }
    },
  },
};
