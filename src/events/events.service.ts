import { Inject, Injectable } from '@nestjs/common';
import { DATABASE } from '../database/database.module.js';
import type { Database } from '../database/pool.js';
import { DEFAULT_LIMIT } from '../http/query-fields.js';
import { Cursor } from '../http/cursor.js';
import { HIDDEN_TYPES } from './event-catalogue.js';
import type { EventListDto } from './event.dto.js';
import { eventIdOf, positionOf } from './event-id.js';
import { readEventsAfter, type EventFilter } from './event-log.js';
import { eventView } from './event.view.js';
import type { Within } from '../vocabulary/project.js';
import type { EventFilterQuery, ListEventsQuery } from './list-events.dto.js';

/** `id` is the id of the last event that was read. */
const CURSOR = new Cursor<{ id: string }>(
  { id: (value): value is string => typeof value === 'string' && positionOf(value) !== null },
  'after',
);

/**
 * Where a client goes on: after the event in its header, or else after the event or cursor in its query. Null: with the next event.
 * @throws DomainError VALIDATION_ERROR for the query; a browser could not correct the header
 */
export const placeOf = (lastEventId: string | undefined, after: string | undefined): number | 'unknown' | null => {
  if (lastEventId) return positionOf(lastEventId) ?? 'unknown';
  return after === undefined ? null : (positionOf(after) ?? positionIn(after));
};

/** The position in a `nextCursor`. @throws DomainError VALIDATION_ERROR */
const positionIn = (cursor: string): number => positionOf(CURSOR.decode(cursor).id) ?? 0;

/** @param show `ofOperators`: events too that callers do not see */
export const filterOf = (
  { type, subject, actor }: { [Name in keyof EventFilterQuery]: EventFilterQuery[Name] | undefined },
  show: { ofOperators: boolean; within: Within },
): EventFilter => ({
  within: show.within,
  hidden: show.ofOperators ? [] : HIDDEN_TYPES,
  ...(type && { types: type }),
  ...(subject !== undefined && { subjectId: subject }),
  ...(actor !== undefined && { actor }),
});

@Injectable()
export class EventsService {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** @param show `ofOperators`: events too that callers do not see */
  async list(
    { after, limit = DEFAULT_LIMIT, type, subject, actor }: ListEventsQuery,
    show: { ofOperators: boolean; within: Within },
  ): Promise<EventListDto> {
    const position = after === undefined ? 0 : positionIn(after);
    const filter = filterOf({ type, subject, actor }, show);
    const events = await readEventsAfter(this.database, { ...filter, after: position, limit });
    return {
      data: events.map(eventView),
      nextCursor: CURSOR.encode({ id: eventIdOf(events.at(-1)?.position ?? position) }),
    };
  }
}
