import type { EventDto } from './event.dto.js';
import { eventIdOf } from './event-id.js';
import type { StoredEvent } from './event-log.js';

export const eventView = ({
  position,
  subject,
  seq,
  type,
  data,
  actor,
  requestId,
  at,
  projectId,
}: StoredEvent): EventDto => ({
  id: eventIdOf(position),
  subject,
  seq,
  type,
  data,
  actor,
  requestId,
  projectId,
  at: at.toISOString(),
});
