import { eventIdOf } from '../../../src/events/event-id.js';
import { isWithin } from '../../../src/vocabulary/project.js';
import type { SimEndpoint } from '../webhooks/sim-endpoint.js';
import type { Excuse, Law } from './law.js';

const isDisabled: Excuse<SimEndpoint> = {
  when: 'its endpoint is disabled, or was when the event happened',
  why: 'events are not kept for a disabled endpoint',
  applies: (_, endpoint) => endpoint.setting === 'disabled',
};

export const toldReceivers: Law = {
  name: 'told-receivers',
  sentence:
    'In the end every receiver has taken every event that it wants, at least once. An event that its receiver refused ten times is given up, and an event tells operators.',
  excuses: [isDisabled],
  checks: {
    *receiverAtRest({ endpoint }, scene) {
      const { deliveries, world } = scene;
      if (isDisabled.applies(scene, endpoint) || !world.webhooks) return;
      const told = new Set(
        world.store
          .eventsOf(endpoint.id)
          .flatMap(({ type, data }) => (type === 'webhook.attempts_exhausted' ? [data.deliveryId] : [])),
      );
      for (const event of world.webhooks.store.eventsAfter(0)) {
        if (!endpoint.wants(event) || !isWithin(event.projectId, endpoint.projectId)) continue;
        if (deliveries.hasReceived(endpoint, eventIdOf(event.position))) continue;
        const delivery = world.webhooks.store.deliveryOf(endpoint.id, event.position);
        const isGivenUp = delivery?.state === 'failed' && told.has(delivery.id);
        if (isGivenUp && deliveries.attemptsAt(delivery.id, world.time.now).length >= 10) continue;
        if (isGivenUp && world.lastRollback) continue;
        const state = delivery ? `${delivery.state} after ${delivery.attempts} attempts` : 'not there';
        yield `${endpoint.id} has not taken ${event.type} ${event.seq} of ${event.subject.id}: its delivery is ${state}`;
      }
    },
  },
};
