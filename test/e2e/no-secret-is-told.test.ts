/**
 * Secrets of every kind, each a word that occurs nowhere else, go through a service that writes all that it ever writes
 * (LOG_LEVEL=debug); then everything that it has written and shown is searched for them.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NovitaSimulator } from '../novita-simulator/novita-simulator.js';
import { dumpOf } from '../support/database-dump.js';
import { eventually } from '../support/eventually.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';
import { ApiClient } from '../support/api-client.js';
import { OtlpCollector } from '../support/otlp-collector.js';
import { QUICK } from '../support/running-app.js';
import { ServiceProcess } from '../support/service-process.js';
import { createTestDatabase } from '../support/test-database.js';

const SECRET_OF_SERVICE = `whsec_${Buffer.alloc(32, 'canary of the service').toString('base64')}`;
const SECRET_OF_CALLER = `whsec_${Buffer.alloc(32, 'canary of the caller').toString('base64')}`;

const CANARIES = {
  key: 'canary-of-the-novita-key',
  deployment: 'canary-of-the-deployment-secret-0123456789',
  env: 'canary-of-an-env-value',
  command: 'canary-in-a-command',
  header: 'canary-in-a-header',
  query: 'canary-in-a-query',
  body: 'canary-in-a-broken-body',
  idempotency: 'canary-as-idempotency-key',
  novita: 'canary-in-an-answer-of-novita',
  collector: 'canary-of-the-key-for-the-collector',
};

describe('a secret', () => {
  let novita: NovitaSimulator;
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let service: ServiceProcess;
  let collector: OtlpCollector;
  let api: ApiClient;
  const shown: string[] = [];

  beforeAll(async () => {
    novita = await NovitaSimulator.start(QUICK);
    database = await createTestDatabase();
    collector = await OtlpCollector.start();
    service = await ServiceProcess.start({
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_HEADERS: `x-key=${CANARIES.collector}`,
      LOG_LEVEL: 'debug',
      NOVITA_API_KEY: CANARIES.key,
      DEPLOYMENT_SECRET: CANARIES.deployment,
      NOVITA_API_BASE_URL: novita.baseUrl,
      NOVITA_REQUESTS_PER_MINUTE: '6000',
      DATABASE_URL: database.url,
      PROBE_ALLOW_ADDRESSES: '127.0.0.1',
      CREATE_SETTLE_SECONDS: '5',
      WEBHOOK_SECRET: SECRET_OF_SERVICE,
      WEBHOOK_ALLOW_HTTP: 'true',
      WEBHOOK_ALLOW_ADDRESSES: '127.0.0.1',
    });
    api = new ApiClient(service.url);
  });
  afterAll(async () => {
    await service.end('SIGKILL');
    await database.drop();
    await collector.stop();
    await novita.stop();
  });

  const show = async (path: string, init?: RequestInit): Promise<void> => {
    const answer = await fetch(service.url + path, init);
    shown.push(await answer.text());
  };

  it('is in nothing that is written or shown, whatever goes well or wrong with it', async () => {
    const secrets = { envs: [{ key: 'TOKEN', value: CANARIES.env }], command: CANARIES.command };
    const headers = {
      authorization: `Bearer ${CANARIES.header}`,
      cookie: `session=${CANARIES.header}`,
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      tracestate: `vendor=${CANARIES.header}`,
      baggage: `user=${CANARIES.header}`,
    };
    const withKey = { ...headers, 'idempotency-key': CANARIES.idempotency };
    // what goes well
    expect((await api.create({ name: 'works', ...secrets }, withKey)).status).toBe(202);
    await api.until('works', 'ready');
    await api.ask('works', 'stop');
    await api.until('works', 'stopped');
    await api.delete('works');
    // what Novita refuses, with a text of its own; what it answers with an error; what it does not answer
    novita.faults.always('createInstance', {
      status: 400,
      body: { code: 400, reason: 'INVALID_PARAMETER', message: CANARIES.novita, metadata: {} },
    });
    await api.create({ name: 'refused', ...secrets });
    await api.until('refused', 'failed');
    novita.faults.clear();
    novita.faults.always('createInstance', { status: 500, body: CANARIES.novita });
    await api.create({ name: 'in-doubt', ...secrets });
    await api.until('in-doubt', 'uncertain');
    novita.faults.clear();
    // what is wrong in itself
    const json = { 'content-type': 'application/json', ...headers };
    await show('/api/instances', { method: 'POST', headers: json, body: `{"name": "${CANARIES.body}` });
    await show('/api/instances', {
      method: 'POST',
      headers: json,
      body: JSON.stringify({ [CANARIES.body]: 1, ...secrets }),
    });
    await show(`/api/instances?secret=${CANARIES.query}`, { headers });
    await show(`/no/such/${CANARIES.query}?token=${CANARIES.query}`, { headers });
    // the secrets of a webhook, which are made here: from the answers that show them once
    const receiver = await WebhookReceiver.start();
    const url = `${receiver.url}/hook`;
    const { body: webhook } = await api.request<{ id: string; secret: string }>('POST', '/api/webhooks', { url });
    const rotated = await api.request<{ secret: string }>('POST', `/api/webhooks/${webhook.id}/rotate-secret`);
    // those of instances, which are shown never
    for (const [name, hook] of Object.entries({
      'hooked-by-caller': { webhookSecret: SECRET_OF_CALLER },
      'hooked-by-service': {},
    })) {
      expect((await api.create({ name, webhookUrl: `${url}/${name}`, ...hook })).status).toBe(202);
      await eventually('its create is told', () => receiver.requests.some(({ path }) => path.endsWith(name)));
      await show('/api/instances', {
        method: 'POST',
        headers: json,
        body: JSON.stringify({ name, webhookUrl: 7, webhookSecret: `${hook.webhookSecret ?? SECRET_OF_SERVICE}!` }),
      });
    }
    const kept = [webhook.secret, rotated.body.secret, SECRET_OF_CALLER, SECRET_OF_SERVICE];
    const webhookSecrets = kept.flatMap((secret) => [
      secret.slice('whsec_'.length),
      Buffer.from(secret.slice('whsec_'.length), 'base64').toString('hex'),
    ]);
    await api.request('POST', `/api/webhooks/${webhook.id}/test`);
    await eventually('the test arrives', () => receiver.requests.length > 0);
    await receiver.stop();
    await api.request('POST', `/api/webhooks/${webhook.id}/test`);
    for (const path of ['', `/${webhook.id}`, `/${webhook.id}/deliveries`]) await show(`/api/webhooks${path}`);
    await show('/api/events?limit=100');
    // a sample of what is shown to anybody
    for (const path of ['/health', '/metrics', '/api/metrics', '/api/jobs?limit=100', '/api/fleet', '/api/machines']) {
      await show(path);
    }
    await show('/api/instances?limit=100');

    const dump = (await dumpOf(database.url)).text;
    expect(await service.end('SIGTERM')).toBe(0);
    const written = service.log;
    expect(written.split('\n').length).toBeGreaterThan(50);
    expect(novita.count('createInstance')).toBeGreaterThanOrEqual(3);

    expect(collector.spans.length).toBeGreaterThan(50);
    expect(collector.headers[0]?.['x-key']).toBe(CANARIES.collector);
    for (const told of [written, collector.text]) {
      const found = Object.entries(CANARIES).filter(([, canary]) => told.includes(canary));
      expect(found).toEqual([]);
    }
    expect(written).not.toContain(new URL(database.url).password || 'no password at all');

    const all = [written, collector.text, dump, ...shown].join('\n');
    expect(webhookSecrets).toHaveLength(8);
    expect(webhookSecrets.filter((secret) => all.includes(secret))).toEqual([]);

    // what a caller wrote is told back to that caller only: a field that is unknown, a path that is not there
    const general = shown.slice(4).join('\n');
    const secret = [
      CANARIES.collector,
      CANARIES.key,
      CANARIES.deployment,
      CANARIES.env,
      CANARIES.header,
      CANARIES.body,
      CANARIES.query,
    ];
    expect(secret.filter((canary) => general.includes(canary))).toEqual([]);
    expect(shown.slice(0, 4).join('\n')).not.toMatch(/canary-of|canary-in-a-header/);
  });
});
