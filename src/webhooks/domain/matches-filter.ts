import type { StoredEvent } from '../../events/event-log.js';
import type { EventFilter } from './webhook.js';

/** Whether the endpoint wants the event. @param labels of the instance that the event is about; undefined: there is none */
export const matchesFilter = (
  { eventTypes, labels: wanted }: EventFilter,
  { type }: Pick<StoredEvent, 'type'>,
  labels: Readonly<Record<string, string>> | undefined,
): boolean =>
  (eventTypes.length === 0 || eventTypes.includes(type)) &&
  Object.entries(wanted).every(
    ([key, value]) => labels !== undefined && Object.hasOwn(labels, key) && labels[key] === value,
  );

/** The instance that an event is about, or null. */
export const instanceOf = ({ subject }: Pick<StoredEvent, 'subject'>): string | null =>
  subject.kind === 'instance' ? subject.id : null;
