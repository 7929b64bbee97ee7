import { TextField } from '../http/fields.js';
import { CursorParameter, DEFAULT_LIMIT, LimitParameter, WordsParameter } from '../http/query-fields.js';
import { namedWords } from '../vocabulary/named-words.js';
import { EVENT_TYPES, type EventType } from './event-catalogue.js';

const EVENT_TYPE = namedWords('EventType', EVENT_TYPES, 'The types of events. docs/events.md explains each.');

/** Which events a reader wants. An event must match all filters. */
export class EventFilterQuery {
  /** Only events of these types. Repeat the parameter or separate types by commas. */
  @WordsParameter(EVENT_TYPE)
  type?: EventType[];

  /** Only events about this instance, by its id, or about the `fleet`. */
  @TextField({
    isOptional: true,
    pattern: /^[A-Za-z0-9_-]{1,100}$/,
    says: 'subject must be the id of an instance, or fleet',
  })
  subject?: string;

  /** Only events that this actor caused, such as `operator`. */
  @TextField({
    isOptional: true,
    // subjects of an identity provider are of printable ASCII
    pattern: /^[\x21-\x7e]{1,260}$/,
    says: 'actor must be an actor, such as operator',
  })
  actor?: string;
}

/** Which events to return. An event must match all filters. */
export class ListEventsQuery extends EventFilterQuery {
  /** The `nextCursor` of the page before. Without it the list begins with the first event. */
  @CursorParameter()
  after?: string;

  /** The most events to return. */
  @LimitParameter()
  limit?: number = DEFAULT_LIMIT;
}

/** Which events to send. An event must match all filters. */
export class StreamEventsQuery extends EventFilterQuery {
  /**
   * Where to go on: the `id` of the last event that you have, or the `nextCursor` of a list of events. The header `Last-Event-ID` is
   * stronger. Without both, the stream begins with the next event.
   */
  @CursorParameter()
  after?: string;
}
