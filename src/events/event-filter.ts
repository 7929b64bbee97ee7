import type { StoredEvent } from './event-log.js';

/** Which events a reader wants and may see. An omitted filter matches every event. */
export interface EventFilter {
  types?: readonly string[];
  subjectId?: string;
  actor?: string;
  /** Types to omit. */
  hidden?: readonly string[];
}

/** The same judgement about one event as the statement of `readEventsAfter`. */
export const matchesFilter = ({ types, subjectId, actor, hidden }: EventFilter, event: StoredEvent): boolean =>
  (types === undefined || types.includes(event.type)) &&
  (subjectId === undefined || subjectId === event.subject.id) &&
  (actor === undefined || actor === event.actor) &&
  !hidden?.includes(event.type);
