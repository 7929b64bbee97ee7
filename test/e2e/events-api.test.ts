/** GET /api/events, as those who follow everything use it. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { EventDto, EventListDto } from '../../src/events/event.dto.js';
import { ApiDocument } from '../support/api-document.js';
import { startApp, type RunningApp } from '../support/running-app.js';

let app: RunningApp;
let ids: string[] = [];

beforeAll(async () => {
  app = await startApp();
  const one = await app.api.create({ name: 'one' }, { 'x-request-id': 'order-4711' });
  const two = await app.api.create({ name: 'two' });
  ids = [one.body.id, two.body.id];
  for (const name of ['one', 'two']) await app.api.until(name, 'ready');
  await app.api.ask('one', 'stop');
  await app.api.until('one', 'stopped');
  await app.api.delete('two');
  await app.api.until(ids[1] ?? '', 'deleted');
});
afterAll(() => app.stop());

const page = (query: string) => app.api.request<EventListDto>('GET', `/api/events?${query}`);
const follow = async (filter = ''): Promise<EventDto[]> => {
  const all: EventDto[] = [];
  for (let query = `limit=4${filter}`; ;) {
    const { data, nextCursor } = (await page(query)).body;
    if (data.length === 0) return all;
    all.push(...data);
    query = `limit=4${filter}&after=${nextCursor}`;
  }
};

it('shows all that happened, page by page, as the events of each instance show it', async () => {
  const all = await follow();
  for (const id of ids) {
    expect(all.filter(({ subject }) => subject.id === id)).toEqual(await app.api.events(id));
  }
  const order = all.map(({ id }) => id);
  expect(order).toEqual([...new Set(order)].sort());
});

it('is what the document says, for every kind of event that happened', async () => {
  const document = ApiDocument.load();
  const all = await follow();
  expect(new Set(all.map(({ type }) => type)).size).toBeGreaterThan(8);
  for (const event of all) {
    for (const $ref of ['#/components/schemas/Event', '#/components/schemas/InstanceEvent']) {
      expect(document.fault({ $ref }, event), event.type).toBeNull();
    }
  }
});

it('gives a cursor also when nothing new has happened, and that is the one that was sent', async () => {
  const { nextCursor } = (await page('limit=100')).body;
  expect((await page(`after=${nextCursor}`)).body).toEqual({ data: [], nextCursor });
  const beginning = (await page('actor=nobody')).body;
  expect(beginning.data).toEqual([]);
  expect((await page(`limit=1&after=${beginning.nextCursor}`)).body.data).toMatchObject([{ type: 'instance.created' }]);
});

it('filters by types, subject and actor, alone and together', async () => {
  const all = await follow();
  const [one = ''] = ids;
  const isStatus = ({ type }: EventDto): boolean => type === 'status.changed';
  const isRequest = ({ type }: EventDto): boolean => type.endsWith('_requested');
  const isOfOne = ({ subject }: EventDto): boolean => subject.id === one;
  expect(await follow('&type=status.changed')).toEqual(all.filter(isStatus));
  expect(await follow('&type=instance.stop_requested&type=instance.delete_requested')).toEqual(all.filter(isRequest));
  expect(await follow('&type=instance.stop_requested,instance.delete_requested')).toEqual(all.filter(isRequest));
  expect(await follow(`&subject=${one}`)).toEqual(all.filter(isOfOne));
  expect(await follow('&actor=caller')).toEqual(all.filter(({ actor }) => actor === 'caller'));
  expect(await follow(`&subject=${one}&type=status.changed&actor=reconciler`)).toEqual(
    all.filter((event) => isStatus(event) && isOfOne(event)),
  );
});

it('names the request that caused an event, and none where none did', async () => {
  const [created] = await follow('&type=instance.created');
  expect(created).toMatchObject({ actor: 'caller', requestId: 'order-4711' });
  for (const { requestId } of await follow('&actor=caller')) expect(requestId).toBeTruthy();
  for (const { requestId } of await follow('&actor=reconciler')) expect(requestId).toBeNull();
});

it.each(['type=machine.vanished', 'after=x!', 'subject=a%20b', 'actor=%00', 'limit=0', 'limit=101'])(
  'refuses %s',
  async (query) => {
    expect(await page(query)).toMatchObject({ status: 400, body: { code: 'VALIDATION_ERROR' } });
  },
);
