import { plantedIn } from './suite-mutant.js';

const CURSOR = 'test/integration/event-cursor.test.ts';
const API = 'test/e2e/events-api.test.ts';
const MIGRATION = '0012_event_positions.sql';
const TAIL = 'src/events/event-tail.test.ts';
const STREAM = 'src/events/event-stream.test.ts';
const STREAM_API = 'test/e2e/event-stream.test.ts';
const WAITS_API = 'test/e2e/waits.test.ts';

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
    [
      'after a break the tail begins with new events',
      'event-tail.ts',
      '        this.connection = connection;\n        this.options',
      '        this.connection = connection;\n        this.lastPosition = await connection.lastPosition();\n        this.options',
      TAIL,
    ],
    [
      'an event that is announced during a read is forgotten',
      'event-tail.ts',
      'if (this.isAnnounced && this.isRunning()) this.wake();\n    });',
      '});',
      TAIL,
    ],
    ['the tail reads for each announcement', 'event-tail.ts', 'await this.pause(GATHER_MS);', '', TAIL],
    [
      'a lost announcement is never made good',
      'event-tail.ts',
      '> this.lastPosition) this.wake()',
      '< 0) this.wake()',
      TAIL,
    ],
    [
      'the tail listens for ever',
      'event-tail.ts',
      'this.options.timer.after(LINGER_MS, () => void this.rest())',
      'this.options.timer.after(LINGER_MS, () => undefined)',
      TAIL,
    ],
    [
      'the ring says that it has what it has dropped',
      'event-ring.ts',
      'dropped.at(-1)?.position ?? this.floor',
      'this.floor',
      'src/events/event-ring.test.ts',
    ],
    [
      'a stream passes over events that are committed while it reads its backlog',
      'event-stream.ts',
      'Math.max(this.position, reached)',
      'Math.max(this.position, this.source.position ?? 0)',
      STREAM,
    ],
    [
      'a page of the backlog that is full ends the backlog',
      'event-stream.ts',
      'isWhole && page.length < PAGE',
      'isWhole',
      STREAM,
    ],
    [
      'a slow client is sent everything at once',
      'event-stream.ts',
      'this.response.writableLength <= MOST_UNREAD_BYTES',
      'this.response.writableLength >= 0',
      STREAM,
    ],
    [
      'a filter counts for the store only',
      'event-stream.ts',
      'if (!matchesFilter(this.filter, event)) continue;',
      '',
      STREAM,
    ],
    [
      'an old position goes on although events after it are gone',
      'resume-position.ts',
      'keptDays !== null && happenedAt',
      'keptDays === 0 && happenedAt',
      'src/events/resume-position.test.ts',
    ],
    [
      'a stream goes on after its key was revoked',
      'event-streams.service.ts',
      "this.cut(stream, 'key');",
      'return;',
      STREAM_API,
    ],
    [
      'a client that does not read is kept for ever',
      'event-streams.service.ts',
      '>= UNREAD_MS',
      '>= Infinity',
      STREAM_API,
    ],
  ),
  ...plantedIn(
    'src/novita-instances/domain',
    [
      'a wait for ready goes on although the instance is to be stopped',
      'wait-verdict.ts',
      "if (instance.desired === 'stopped') return { is: 'never', because: 'stopped' };",
      '',
      'src/novita-instances/domain/wait-verdict.test.ts',
    ],
    [
      'what is so counts for a generation that has not come',
      'wait-verdict.ts',
      'instance.generation < generation',
      'instance.generation > generation',
      'src/novita-instances/domain/wait-verdict.test.ts',
    ],
    [
      'the machine that is being replaced counts as the replacement',
      'wait-verdict.ts',
      '(generation === null || !isReplacing(instance))',
      'generation !== 0',
      'src/novita-instances/domain/wait-verdict.test.ts',
    ],
  ),
  ...plantedIn(
    'src/novita-instances/waits',
    [
      'a client that leaves is waited for until its time is up',
      'instance-waits.service.ts',
      "onGone(() => settle({ is: 'gone' }))",
      'onGone(() => undefined)',
      WAITS_API,
    ],
    [
      'a change wakes nobody',
      'instance-waits.service.ts',
      'new SharedFollowing(tail, (events) => this.wake(events))',
      'new SharedFollowing(tail, () => undefined)',
      WAITS_API,
    ],
  ),
];
