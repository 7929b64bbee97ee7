/** The tail on a real database: announcements of commits, a connection that is cut, and one that hears nothing. */
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { listenForEvents } from '../../src/events/event-listening.driver.js';
import { readEventsAfter } from '../../src/events/event-log.js';
import { EventTail } from '../../src/events/event-tail.js';
import { systemTimer } from '../../src/timetable/timer.js';
import { eventually } from '../support/eventually.js';
import { StoreStage } from '../support/store-stage.js';

let stage: StoreStage;
let tail: EventTail;
const seen: number[] = [];

beforeAll(async () => {
  stage = await StoreStage.open();
  const source = {
    listen: (on: Parameters<typeof listenForEvents>[1]) => listenForEvents(stage.url, on),
    read: (after: number, limit: number) => readEventsAfter(stage.database, { after, limit }),
  };
  const log = { warn: () => undefined, info: () => undefined };
  tail = new EventTail(source, { timer: systemTimer, random: () => 0, log });
});
afterAll(async () => {
  await tail.close();
  await stage.close();
});

const positions = async (): Promise<number[]> =>
  (await readEventsAfter(stage.database, { after: 0, limit: 1_000 })).map(({ position }) => position);
/** The process of the server behind the connection that listens; 0: there is none. */
const listener = async (): Promise<number> => {
  const { rows } = await sql<{ pid: number }>`
    SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND query ~ '^(LISTEN novitai|SELECT last FROM event_positions)'
  `.execute(stage.database);
  return rows[0]?.pid ?? 0;
};

it('hears each commit, also after its connection was cut, and leaves no connection behind', async () => {
  await stage.made('before');
  const before = await positions();
  await tail.follow((events) => seen.push(...events.map(({ position }) => position))).ready;
  await stage.made('heard');
  await eventually('the commit is heard', () => seen.length > 0);
  const first = await listener();
  await sql`SELECT pg_terminate_backend(${first})`.execute(stage.database);
  await stage.made('while it is cut');
  await eventually('there is another connection', async () => {
    const next = await listener();
    return next !== 0 && next !== first;
  });
  await stage.made('heard again');
  const all = (await positions()).slice(before.length);
  await eventually('all are heard', () => seen.length >= all.length);
  expect(seen).toEqual(all);
  await tail.close();
  await eventually('no connection is left', async () => (await listener()) === 0);
});
