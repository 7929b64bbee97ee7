/** A service that is killed while a receiver has its request: the delivery is sent again, with the same id. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ApiClient } from '../support/api-client.js';
import { eventually } from '../support/eventually.js';
import { ServiceProcess } from '../support/service-process.js';
import { createTestDatabase } from '../support/test-database.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let receiver: WebhookReceiver;
let service: ServiceProcess;
beforeAll(async () => {
  database = await createTestDatabase();
  receiver = await WebhookReceiver.start();
});
afterAll(async () => {
  await service.end('SIGKILL');
  await receiver.stop();
  await database.drop();
});

const start = (): Promise<ServiceProcess> =>
  ServiceProcess.start({
    NOVITA_API_KEY: 'a-key-for-nobody',
    NOVITA_API_BASE_URL: 'http://127.0.0.1:1',
    DATABASE_URL: database.url,
    CREATES_ENABLED: 'false',
    WEBHOOK_ALLOW_HTTP: 'true',
    WEBHOOK_ALLOW_ADDRESSES: '127.0.0.1',
  });

it('sends again what it had sent and not marked, and then what follows', async () => {
  service = await start();
  const api = new ApiClient(service.url);
  const { body } = await api.request<{ id: string; secret: string }>('POST', '/api/webhooks', { url: receiver.url });
  receiver.secret = body.secret;
  // it has the request, and does not answer before the kill
  receiver.answer = () => 'never';
  await api.request('POST', `/api/webhooks/${body.id}/test`);
  await eventually('the receiver has the request', () => receiver.requests.length === 1);
  await service.end('SIGKILL');
  receiver.answer = () => ({ status: 200 });
  service = await start();
  await eventually('it is sent again', () => receiver.requests.length === 2);
  const [first, second] = receiver.requests;
  expect(second?.id).toBe(first?.id);
  expect(second?.verified).toEqual(first?.verified);
  expect(second?.verified?.type).toBe('webhook.test');
  const again = new ApiClient(service.url);
  await eventually('it is marked', async () => {
    const { body: list } = await again.request<{ data: { state: string }[] }>(
      'GET',
      `/api/webhooks/${body.id}/deliveries`,
    );
    return list.data[0]?.state === 'delivered';
  });
});
