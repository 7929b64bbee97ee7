import type { StoredEvent } from '../../events/event-log.js';
import { isWithin } from '../../vocabulary/project.js';
import type { EventFilter, Webhook } from './webhook.js';

/** Whether the endpoint wants the event. @param labels of the instance that the event is about; undefined: there is none */
export const matchesFilter = (
  { eventTypes, labels: wanted, projectId, instanceId }: EventFilter & Pick<Webhook, 'projectId' | 'instanceId'>,
  event: Pick<StoredEvent, 'type' | 'projectId' | 'subject'>,
  labels: Readonly<Record<string, string>> | undefined,
): boolean =>
  isWithin(event.projectId, projectId) &&
  (instanceId === null || instanceOf(event) === instanceId) &&
  (eventTypes.length === 0 || eventTypes.includes(event.type)) &&
  Object.entries(wanted).every(
    ([key, value]) => labels !== undefined && Object.hasOwn(labels, key) && labels[key] === value,
  );

/** The instance that an event is about, or null. */
export const instanceOf = ({ subject }: Pick<StoredEvent, 'subject'>): string | null =>
  subject.kind === 'instance' ? subject.id : null;
