/** GET /api/events/stream, as its followers use it. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { EventListDto } from '../../src/events/event.dto.js';
import { eventually } from '../support/eventually.js';
import type { Scope } from '../../src/vocabulary/scope.js';
import { EventStreamClient } from '../support/event-stream-client.js';
import { closeBy } from '../support/owner-key.js';
import { startApp, type RunningApp } from '../support/running-app.js';

let app: RunningApp;
let stopping: Promise<void> | null = null;
const stop = (): Promise<void> => (stopping ??= app.stop());

beforeAll(async () => {
  app = await startApp();
});
afterAll(stop);

const open = (query = '', headers: Record<string, string> = {}) =>
  EventStreamClient.open(`${app.url}/api/events/stream?${query}`, headers);
const listed = async (query = '') => (await app.api.request<EventListDto>('GET', `/api/events?limit=100${query}`)).body;
const idsOf = ({ events }: EventStreamClient) => events.map(({ id }) => id);

it('sends what happens from now on, as the list of events shows it, with filters', async () => {
  await app.api.create({ name: 'before' });
  // its status is shown before it is told
  await eventually('ready is told', async () => (await listed()).data.some((event) => isReady({ data: event.data })));
  const { nextCursor } = await listed();
  const [all, some] = await Promise.all([open(), open('type=status.changed,instance.created&actor=reconciler')]);
  expect(all.answer.headers).toMatchObject({
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    'x-content-type-options': 'nosniff',
    ratelimit: expect.any(String) as string,
  });
  await app.api.create({ name: 'after' });
  await app.api.until('after', 'ready');
  for (const client of [all, some]) {
    await client.until('ready is told', ({ type, data }) => type === 'status.changed' && isReady(data));
    client.close();
  }
  const { data } = await listed(`&after=${nextCursor}`);
  const until = data.findIndex((event) => event.type === 'status.changed' && isReady({ data: event.data })) + 1;
  const shown = data.slice(0, until);
  expect(all.events.slice(0, until).map(({ data: event }) => event)).toEqual(shown);
  expect(all.events.map(({ id, type }) => [id, type])).toEqual(all.events.map(({ data: { id, type } }) => [id, type]));
  expect(idsOf(some)).toEqual(shown.filter((event) => event.type === 'status.changed').map(({ id }) => id));
  expect(all.text).toMatch(/^retry: \d+\n\n/);
});

const isReady = ({ data }: Record<string, unknown>): boolean => (data as { to?: string }).to === 'ready';

it('goes on from any event: by the header, by an id or a cursor in the query, and from the beginning', async () => {
  const { data, nextCursor } = await listed();
  const ids = data.map(({ id }) => id);
  const [third = ''] = ids.slice(2);
  const resumed = [
    [await open('', { 'last-event-id': third }), ids.slice(3)],
    [await open(`after=${third}`), ids.slice(3)],
    [await open('after=evt_0000000000000000'), ids],
    // the header is stronger
    [await open(`after=${nextCursor}`, { 'last-event-id': third }), ids.slice(3)],
    [await open(`after=evt_0000000000000000&type=instance.created`), data.filter(isCreated).map(({ id }) => id)],
  ] as const;
  for (const [client, expected] of resumed) {
    await eventually('all are sent', () => client.events.length >= expected.length);
    expect(idsOf(client)).toEqual(expected);
    client.close();
  }
  expect((await app.api.request('GET', '/api/events/stream?after=x')).status).toBe(400);
});

const isCreated = ({ type }: { type: string }): boolean => type === 'instance.created';

it('tells a client to read anew when its position is unknown or older than what is kept', async () => {
  const { data } = await listed();
  const newest = data.at(-1)?.id;
  const database = new Client({ connectionString: app.databaseUrl });
  await database.connect();
  try {
    await database.query('ALTER TABLE events DISABLE TRIGGER USER');
    await database.query("UPDATE events SET at = now() - interval '91 days' WHERE position = $1", [
      Number(data[0]?.id.slice(4)),
    ]);
    await database.query('ALTER TABLE events ENABLE TRIGGER USER');
  } finally {
    await database.end();
  }
  for (const [given, reason] of [
    ['nonsense', 'unknown'],
    ['evt_0000000000000007', 'unknown'],
    ['evt_8999999999999999', 'unknown'],
    [data[0]?.id ?? '', 'expired'],
  ] as const) {
    const client = await open('', { 'last-event-id': given });
    expect(await client.until('resync', () => true)).toEqual({ id: newest, type: 'resync', data: { reason } });
    client.close();
  }
});

it('answers HEAD at once, counts its clients, and cuts one that does not read', async () => {
  const head = await fetch(`${app.url}/api/events/stream`, { method: 'HEAD' });
  expect(head.headers.get('content-type')).toBe('text/event-stream');
  const deaf = await askAndNotRead(app.url, '/api/events/stream');
  await eventually('one is open', async () => (await figure('novitai_event_streams')) === 1);
  const database = new Client({ connectionString: app.databaseUrl });
  await database.connect();
  try {
    const closed = once(deaf, 'close');
    const subject = (await app.api.get('before')).id;
    // more than the buffers of two sockets hold
    for (let seq = 0; seq < 40; seq++) {
      await database.query(
        `INSERT INTO events (instance_id, subject_id, seq, type, data, actor, at)
         VALUES ($1, $1, $2, 'instance.created', jsonb_build_object('name', repeat('x', 500000)), 'caller', now())`,
        [subject, 1_000_000 + seq],
      );
    }
    await eventually('it is cut', async () => (await figure('novitai_event_streams_cut_total{reason="unread"}')) === 1);
    deaf.resume();
    await closed;
  } finally {
    await database.end();
  }
  await eventually('none is open', async () => (await figure('novitai_event_streams')) === 0);
});

const figure = async (name: string): Promise<number> => {
  const text = await (await fetch(`${app.url}/metrics`)).text();
  const line = text.split('\n').find((each) => each.startsWith(`${name} `));
  return Number(line?.slice(name.length));
};

const askAndNotRead = async (url: string, path: string): Promise<Socket> => {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  socket.pause();
  socket.on('error', () => undefined);
  socket.write(`GET ${path} HTTP/1.1\r\nhost: ${hostname}:${port}\r\n\r\n`);
  return socket;
};

it('ends with the key of its client, and shows events for operators to operators only', async () => {
  const without = await open();
  const { owner, key } = await closeBy(app.url);
  // a service that has keys asks everybody for one
  await eventually('it has ended', () => without.hasEnded);
  expect((await fetch(`${app.url}/api/events/stream`)).status).toBe(401);
  const keyWith = async (name: string, ...scopes: Scope[]) =>
    (await owner.request<{ id: string; key: string }>('POST', '/api/keys', { name, scopes })).body;
  const reader = await keyWith('reader', 'instances:read');
  const operator = await keyWith('operator', 'instances:read', 'operations:read');
  const [its, operators] = await Promise.all([reader, operator].map((one) => open('', bearer(one.key))));
  await owner.request('POST', `/api/keys/${operator.id}/rotate`, {});
  await owner.create({ name: 'last' });
  for (const client of [its, operators]) await client?.until('the instance is told', isCreated);
  expect([its?.events[0]?.type, operators?.events[0]?.type]).toEqual(['instance.created', 'key.rotated']);
  await owner.request('DELETE', `/api/keys/${reader.id}`);
  await eventually('it has ended', () => its?.hasEnded ?? false);
  expect(operators?.hasEnded).toBe(false);
  operators?.close();
  ownersKey = key;
});

let ownersKey = '';
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

it('ends when the service stops', async () => {
  const client = await open('', bearer(ownersKey));
  const stopped = stop();
  await eventually('it has ended', () => client.hasEnded);
  await stopped;
});
