/** Webhooks from end to end: a receiver that verifies with the published library gets every event, in order. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { WebhookDeliveryDto } from '../../src/webhooks/api/delivery.dto.js';
import type { WebhookDto, WebhookWithSecretDto } from '../../src/webhooks/api/webhook.dto.js';
import { eventually } from '../support/eventually.js';
import { startApp, type RunningApp } from '../support/running-app.js';
import { verified, WebhookReceiver, type ReceivedRequest } from '../support/webhook-receiver.js';

let app: RunningApp;
let receiver: WebhookReceiver;
beforeAll(async () => {
  app = await startApp({ config: { instances: { createsEnabled: false } } });
});
afterAll(() => app.stop());
beforeEach(async () => {
  receiver = await WebhookReceiver.start();
});
afterEach(async () => {
  const { data } = await list();
  for (const { id } of data) await app.api.request('DELETE', `/api/webhooks/${id}`);
  await receiver.stop();
});

let made = 0;
const list = async () => (await app.api.request<{ data: WebhookDto[] }>('GET', '/api/webhooks')).body;
const get = async (id: string) => (await app.api.request<WebhookDto>('GET', `/api/webhooks/${id}`)).body;
const post = <T = WebhookDeliveryDto>(id: string, path: string, body?: object) =>
  app.api.request<T>('POST', `/api/webhooks/${id}/${path}`, body);
const patch = (id: string, body: object) => app.api.request<WebhookDto>('PATCH', `/api/webhooks/${id}`, body);
const deliveriesOf = async (id: string, query = '') =>
  (await app.api.request<{ data: WebhookDeliveryDto[] }>('GET', `/api/webhooks/${id}/deliveries?limit=100${query}`))
    .body.data;
const createWebhook = async (body: object = {}) => {
  const { status, body: webhook } = await app.api.request<WebhookWithSecretDto>('POST', '/api/webhooks', {
    url: `${receiver.url}/hook-${made++}?token=t`,
    ...body,
  });
  expect(status).toBe(201);
  receiver.secret = webhook.secret;
  return webhook;
};
const createInstance = async (labels: Record<string, string> = {}): Promise<string> => {
  const { status, body } = await app.api.create({ name: `hooked-${made++}`, labels });
  expect(status).toBe(202);
  return body.id;
};
const requestAt = (index: number): ReceivedRequest => {
  const request = receiver.requests[index];
  if (!request) throw new Error(`there is no request ${index}`);
  return request;
};
const typesOf = (instance: string) =>
  receiver.requests
    .filter(({ verified: event }) => event?.data.subject?.id === instance)
    .map(({ verified: event }) => event?.type);

describe('a webhook endpoint', () => {
  it('gets the events of its filter in order, signed, and shows how its receiver does', async () => {
    const webhook = await createWebhook({ description: 'one', labels: { team: 'a' } });
    const [mine, other] = [await createInstance({ team: 'a', x: 'y' }), await createInstance({ team: 'b' })];
    await app.api.request('DELETE', `/api/instances/${mine}`);
    await eventually('the end is told', () => typesOf(mine).includes('instance.delete_requested'));
    expect(typesOf(mine).slice(0, 1)).toEqual(['instance.created']);
    expect(typesOf(other)).toEqual([]);
    const seqs = receiver.requests.map(({ verified: event }) => event?.data.seq);
    expect(seqs).toEqual(seqs.map((_, at) => at + 1));
    const [first] = receiver.requests;
    expect(first?.headers).toMatchObject({ 'content-type': 'application/json', 'webhook-id': first?.id });
    const event = first?.verified;
    const events = await app.api.request<{ data: object[] }>('GET', `/api/events?subject=${mine}&limit=1`);
    expect(event).toEqual({ type: 'instance.created', timestamp: event?.timestamp, data: events.body.data[0] });
    await eventually('all is delivered', async () => (await get(webhook.id)).health.oldestWaitingAt === null);
    expect(await get(webhook.id)).toMatchObject({
      state: 'enabled',
      health: { lastFailureAt: null, failuresInRow: 0, lastSuccessAt: expect.any(String) as string },
    });
    expect(JSON.stringify(await get(webhook.id))).not.toContain('whsec_');
  });

  it('sends what the library refuses when it is forged or stale', async () => {
    const { id, secret } = await createWebhook();
    await post(id, 'test');
    await eventually('the test arrives', () => receiver.requests.length > 0);
    const { body, headers } = requestAt(0);
    expect(verified(secret, body, headers)).toMatchObject({ type: 'webhook.test', data: { webhook: id } });
    expect(verified(secret, body.replace('webhook.test', 'instance.created'), headers)).toBeNull();
    expect(verified(secret, body, { ...headers, 'webhook-id': 'dlv_another' })).toBeNull();
    expect(verified(`whsec_${Buffer.alloc(32, 1).toString('base64')}`, body, headers)).toBeNull();
    const stale = String(Number(headers['webhook-timestamp']) - 3_600);
    expect(verified(secret, body, { ...headers, 'webhook-timestamp': stale })).toBeNull();
  });

  it('signs with both secrets while they are rotated, also when the rotation is repeated', async () => {
    const { id, secret: first } = await createWebhook();
    const second = (await post<WebhookWithSecretDto>(id, 'rotate-secret', { previousValidSeconds: 3_600 })).body;
    const third = (await post<WebhookWithSecretDto>(id, 'rotate-secret', { previousValidSeconds: 3_600 })).body;
    expect(third.previousSecretValidUntil).not.toBeNull();
    await post(id, 'test');
    await eventually('the test arrives', () => receiver.requests.length > 0);
    const { body, headers } = requestAt(0);
    for (const secret of [first, second.secret, third.secret]) expect(verified(secret, body, headers)).not.toBeNull();
    const last = (await post<WebhookWithSecretDto>(id, 'rotate-secret', { previousValidSeconds: 0 })).body;
    await post(id, 'test');
    await eventually('the second test arrives', () => receiver.requests.length > 1);
    const { body: then, headers: after } = requestAt(1);
    expect(verified(last.secret, then, after)).not.toBeNull();
    expect(verified(third.secret, then, after)).toBeNull();
  });

  it('that answers an error is tried again with the same id, and what comes later waits', async () => {
    const { id } = await createWebhook({ eventTypes: ['instance.created', 'instance.delete_requested'] });
    let refusals = 1;
    receiver.answer = () =>
      refusals-- > 0 ? { status: 500, body: `${'x'.repeat(4_096)}y` } : { status: 200, body: 'thanks' };
    const instance = await createInstance();
    await eventually('the first attempt failed', async () => (await get(id)).health.failuresInRow === 1);
    const [waiting] = await deliveriesOf(id);
    expect(waiting).toMatchObject({
      state: 'waiting',
      attempts: 1,
      lastAttempt: { status: 500, isAnswerCut: true, answer: 'x'.repeat(4_096), error: null },
    });
    await app.api.request('DELETE', `/api/instances/${instance}`);
    await eventually('both arrive', async () => (await deliveriesOf(id, '&state=delivered')).length === 2);
    expect(receiver.requests.map(({ verified: event }) => event?.type)).toEqual([
      'instance.created',
      'instance.created',
      'instance.delete_requested',
    ]);
    expect(receiver.requests[0]?.id).toBe(receiver.requests[1]?.id);
    const [, delivered] = await deliveriesOf(id);
    expect(delivered).toMatchObject({
      attempts: 2,
      nextAttemptAt: null,
      lastAttempt: { status: 200, answer: 'thanks' },
    });
  });

  it('that answers 410 is disabled, with an event, and gets nothing more', async () => {
    const { id } = await createWebhook();
    receiver.answer = () => ({ status: 410 });
    await createInstance();
    await eventually('it is disabled', async () => (await get(id)).state === 'disabled');
    expect((await get(id)).disabledReason).toBe('gone');
    expect(await deliveriesOf(id, '&state=waiting')).toEqual([]);
    const told = await app.api.request<{ data: { type: string; actor: string; data: object }[] }>(
      'GET',
      `/api/events?subject=${id}`,
    );
    expect(told.body.data.map(({ type }) => type)).toEqual(['webhook.created', 'webhook.disabled']);
    expect(told.body.data[1]).toMatchObject({ actor: 'policy:webhooks', data: { reason: 'gone' } });
    expect((await post(id, 'test')).status).toBe(409);
    // enabled again, it gets what happens from then on
    receiver.answer = () => ({ status: 200 });
    const count = receiver.requests.length;
    expect((await patch(id, { state: 'enabled' })).body).toMatchObject({ state: 'enabled', disabledReason: null });
    const later = await createInstance();
    await eventually('the later event arrives', () => typesOf(later).length > 0);
    expect(receiver.requests[count]?.verified?.data.subject?.id).toBe(later);
  });

  it('that is paused gets its events when it goes on; redeliver and replay keep the ids', async () => {
    const { id } = await createWebhook({ eventTypes: ['instance.created'] });
    expect((await patch(id, { state: 'paused' })).body.state).toBe('paused');
    const instances = [await createInstance(), await createInstance()];
    await eventually('they wait', async () => (await deliveriesOf(id, '&state=waiting')).length === 2);
    expect(receiver.requests).toEqual([]);
    await patch(id, { state: 'enabled' });
    await eventually('they arrive', async () => (await deliveriesOf(id, '&state=delivered')).length === 2);
    const ids = receiver.requests.map(({ id: delivery }) => delivery).sort();
    // deliveries that are made in one millisecond are listed in any order
    const byEvent = (await deliveriesOf(id)).sort((a, b) => ((a.eventId ?? '') < (b.eventId ?? '') ? -1 : 1));
    const [oldest, newest] = byEvent;
    expect((await post(id, `deliveries/${oldest?.id ?? 'none'}/redeliver`)).status).toBe(202);
    await eventually('it arrives again', () => receiver.requests.length === 3);
    expect(receiver.requests[2]?.id).toBe(oldest?.id);
    await eventually('nothing waits', async () => (await deliveriesOf(id, '&state=waiting')).length === 0);
    const range = { fromEvent: oldest?.eventId, toEvent: newest?.eventId };
    expect(await post(id, 'replay', range)).toMatchObject({
      status: 202,
      body: { deliveries: 2, lastEvent: newest?.eventId, isMore: false },
    });
    await eventually('both arrive again', () => receiver.requests.length === 5);
    expect(
      receiver.requests
        .slice(3)
        .map(({ id: delivery }) => delivery)
        .sort(),
    ).toEqual(ids);
    expect(instances).toHaveLength(2);
  });

  it('is refused with a private address or a name of the operator’s network', async () => {
    for (const url of ['http://10.0.0.1/', 'https://localhost/', 'http://169.254.169.254/latest']) {
      const { status, body } = await app.api.request<{ code: string; errors: { pointer: string }[] }>(
        'POST',
        '/api/webhooks',
        { url },
      );
      expect([url, status, body.code, body.errors[0]?.pointer]).toEqual([url, 400, 'VALIDATION_ERROR', '/url']);
    }
  });
});
