/** `webhookUrl` from end to end: a receiver that verifies with the published library gets the whole life of its instance. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../src/config/config.js';
import type { WebhookDto } from '../../src/webhooks/api/webhook.dto.js';
import { eventually } from '../support/eventually.js';
import { startApp, type RunningApp } from '../support/running-app.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

const OF_CALLER = `whsec_${Buffer.alloc(32, 'caller').toString('base64')}`;
const OF_SERVICE = `whsec_${Buffer.alloc(32, 'service').toString('base64')}`;

let app: RunningApp;
let receiver: WebhookReceiver;
beforeAll(async () => {
  app = await startApp({ config: { webhooks: { maxEndpoints: 0, secret: new Secret(OF_SERVICE) } } });
});
afterAll(() => app.stop());
beforeEach(async () => {
  receiver = await WebhookReceiver.start();
});
afterEach(() => receiver.stop());

const webhooksOf = async (instanceId: string): Promise<WebhookDto[]> => {
  const { body } = await app.api.request<{ data: WebhookDto[] }>('GET', `/api/webhooks?instance=${instanceId}`);
  for (const webhook of body.data) expect(webhook.instanceId).toBe(instanceId);
  return body.data;
};
const typesOf = (id: string) =>
  receiver.requests.flatMap(({ verified: event }) => (event?.data.subject?.id === id ? [event.type] : []));

describe('the webhookUrl of an instance', () => {
  it('gets every event of its life in order, signed with the secret of its create, which no answer shows', async () => {
    receiver.secret = OF_CALLER;
    const url = `${receiver.url}/hook?token=t`;
    const hook = { webhookUrl: url, webhookSecret: OF_CALLER };
    const key = { 'idempotency-key': 'hooked-once' };
    const created = await app.api.create({ name: 'hooked', ...hook }, key);
    expect(created.status).toBe(202);
    const { id, projectId } = created.body;
    const repeated = await app.api.create({ name: 'hooked', ...hook }, key);
    expect([repeated.status, repeated.body.id]).toEqual([202, id]);
    // another receiver or secret is another request
    for (const other of [{ ...hook, webhookUrl: `${url}2` }, { ...hook, webhookSecret: OF_SERVICE }, {}]) {
      const { status, body } = await app.api.create({ name: 'hooked', ...other }, key);
      expect([status, body]).toMatchObject([422, { code: 'IDEMPOTENCY_KEY_REUSED' }]);
    }
    // an instance of somebody else
    const stranger = await app.api.create({ name: 'stranger' });

    const [webhook, ...more] = await webhooksOf(id);
    expect(more).toEqual([]);
    expect(webhook).toMatchObject({ url, projectId, state: 'enabled', eventTypes: [], labels: {} });
    await app.api.until('hooked', 'ready');
    await app.api.delete('hooked');
    await app.api.until(id, 'deleted');
    const events = await app.api.request<{ data: { id: string; type: string }[] }>(
      'GET',
      `/api/events?subject=${id}&limit=100`,
    );
    const told = events.body.data;
    await eventually('everything was told', () => receiver.requests.length >= told.length);
    // what becomes of the deleted machine may be told later
    expect(receiver.requests.slice(0, told.length).map(({ verified: event }) => event?.data)).toEqual(told);
    expect(typesOf(id)[0]).toBe('instance.created');
    expect(typesOf(stranger.body.id)).toEqual([]);

    // it is as every other endpoint: its log is shown, and it can be redelivered, tested and paused
    const path = `/api/webhooks/${webhook?.id ?? 'none'}`;
    await eventually('all is written', async () => {
      const { body } = await app.api.request<{ data: object[] }>('GET', `${path}/deliveries?state=delivered&limit=100`);
      return body.data.length >= told.length;
    });
    const replayed = await app.api.request('POST', `${path}/replay`, {
      fromEvent: told[0]?.id,
      toEvent: told.at(-1)?.id,
    });
    expect(replayed).toMatchObject({ status: 202, body: { deliveries: told.length, isMore: false } });
    await eventually('all was told again', () => receiver.requests.length >= 2 * told.length);
    const deliveries = await app.api.request('GET', `${path}/deliveries?limit=100`);
    const answers = [created, repeated, events, deliveries, replayed].map(({ body }) => body);
    const shown = [...answers, await webhooksOf(id), await app.api.get(id, '?include=secrets')];
    expect(JSON.stringify(shown)).not.toContain('whsec_');
  });

  it('that answers 410 is disabled, and its instance goes on', async () => {
    receiver.secret = OF_SERVICE;
    receiver.answer = () => ({ status: 410 });
    const { body } = await app.api.create({ name: 'gone', webhookUrl: receiver.url });
    await eventually('it is disabled', async () => (await webhooksOf(body.id))[0]?.state === 'disabled');
    expect(typesOf(body.id)).toEqual(['instance.created']);
    await app.api.until('gone', 'ready');
    await app.api.delete('gone');
    expect(receiver.requests).toHaveLength(1);
  });

  it('is signed with the secret of the service when its create has none', async () => {
    receiver.secret = OF_SERVICE;
    const { body } = await app.api.create({ name: 'unnamed', webhookUrl: receiver.url });
    await eventually('the create is told', () => typesOf(body.id).includes('instance.created'));
    await app.api.delete('unnamed');
  });

  it.each([
    ['a private address', { webhookUrl: 'https://10.0.0.1/', webhookSecret: OF_CALLER }, '/webhookUrl'],
    ['an empty URL', { webhookUrl: '', webhookSecret: OF_CALLER }, '/webhookUrl'],
    ['an empty secret', { webhookUrl: 'https://hooks.example.com/', webhookSecret: '' }, '/webhookSecret'],
    ['a weak secret', { webhookUrl: 'https://hooks.example.com/', webhookSecret: 'whsec_YWJj' }, '/webhookSecret'],
    ['a secret without a URL', { webhookSecret: OF_CALLER }, '/webhookSecret'],
  ])('is refused with %s, and no instance is made', async (_, hook, pointer) => {
    const { status, body } = await app.api.create({ name: 'refused', ...hook });
    expect([status, body]).toMatchObject([400, { code: 'VALIDATION_ERROR', errors: [{ pointer }] }]);
    expect(JSON.stringify(body)).not.toContain('whsec_Y');
    expect((await app.api.list('?name=refused')).data).toEqual([]);
  });
});
