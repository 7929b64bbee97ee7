import { plantedIn } from './suite-mutant.js';

const CURSOR = 'test/integration/event-cursor.test.ts';
const API = 'test/e2e/events-api.test.ts';
const MIGRATION = '0012_event_positions.sql';

export const EVENTS_MUTANTS = [
  ...plantedIn(
    'src/database/migrations',
    [
      'positions are taken without waiting for the transactions before',
      MIGRATION,
      `  UPDATE event_positions
  SET last = greatest(last + 1, floor(extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
  RETURNING last`,
      `  SELECT floor(extract(epoch FROM clock_timestamp()) * 1000000)::bigint`,
      CURSOR,
    ],
    [
      'a restored database gives positions out again',
      MIGRATION,
      'greatest(last + 1, floor(extract(epoch FROM clock_timestamp()) * 1000000)::bigint)',
      'last + 1',
      CURSOR,
    ],
    [
      'a clock that is set back gives positions out again',
      MIGRATION,
      'greatest(last + 1, floor(extract(epoch FROM clock_timestamp()) * 1000000)::bigint)',
      'floor(extract(epoch FROM clock_timestamp()) * 1000000)::bigint',
      CURSOR,
    ],
    [
      'older events are put in the order of a clock that was set back',
      MIGRATION,
      'max(at) OVER (PARTITION BY instance_id ORDER BY seq) AS latest',
      'at AS latest',
      CURSOR,
    ],
  ),
  ...plantedIn(
    'src/events',
    [
      'the event at the cursor is answered again',
      'event-log.ts',
      'sql`position > ${after}`',
      'sql`position >= ${after}`',
      CURSOR,
    ],
    [
      'of several types, a page of one pushes out what came before it',
      'event-log.ts',
      'AS found ORDER BY position LIMIT ${limit}',
      'AS found LIMIT ${limit}',
      CURSOR,
    ],
    ['events for operators are shown to callers', 'event-log.ts', 'hidden.length === 0', 'hidden.length >= 0', CURSOR],
    [
      'a page without news leads back to the beginning',
      'events.service.ts',
      'events.at(-1)?.position ?? position',
      'events.at(-1)?.position ?? 0',
      API,
    ],
    [
      'the request behind an event is not written down',
      'event-log.ts',
      'request_id: requestId',
      'request_id: null',
      API,
    ],
    [
      'events of keys are shown to every caller',
      'events.service.ts',
      'show.ofOperators ? [] : HIDDEN_TYPES',
      '[]',
      'test/e2e/api-keys.test.ts',
    ],
  ),
];
