import { HIDDEN_TYPES } from '../../../src/events/event-catalogue.js';
import type { Law } from './law.js';
import type { Moments } from './moments.js';
import type { Scene } from './scene.js';

const isOfProject = ({ event, endpoint }: Moments['deliveryLeaves'], { world }: Scene): boolean => {
  if (endpoint.projectId === null) return true;
  const owner = event.subject.kind === 'instance' ? world.store.snapshotOf(event.subject.id)?.instance.projectId : null;
  // an instance that is deleted, or that a restored database does not know, was seen before: what it says of itself is all that is left
  return (owner === undefined ? event.projectId : owner) === endpoint.projectId;
};

export const ownReceiver: Law = {
  name: 'own-receiver',
  sentence:
    "A receiver gets the events of its own project only, or of all when it is an operator's, and of them those that its endpoint asks for.",
  excuses: [],
  checks: {
    *deliveryLeaves(moment, scene) {
      const { endpoint, event } = moment;
      const what = `${event.type} of ${event.subject.id} is sent to ${endpoint.id}`;
      if (!isOfProject(moment, scene)) yield `${what}, which is of another project`;
      const isWanted = endpoint.eventTypes.length === 0 || endpoint.eventTypes.includes(event.type);
      if (!isWanted || HIDDEN_TYPES.some((type) => type === event.type)) yield `${what}, which does not want it`;
    },
  },
};
