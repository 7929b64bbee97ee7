import { isWithin } from '../vocabulary/project.js';
import type { EventFilter, StoredEvent } from './event-log.js';

/** The same judgement about one event as the statement of `readEventsAfter`. */
export const matchesFilter = (
  { types, subjectId, actor, hidden, within = null }: EventFilter,
  event: StoredEvent,
): boolean =>
  (types === undefined || types.includes(event.type)) &&
  (subjectId === undefined || subjectId === event.subject.id) &&
  (actor === undefined || actor === event.actor) &&
  isWithin(event.projectId, within) &&
  !hidden?.includes(event.type);
