/** Real answers, held against docs/openapi.json: the status is documented, and the body is what the document says and no more. */
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { ulid } from 'ulid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ERROR_CODES, type ErrorCode } from '../../src/errors/error-codes.js';
import { TAG_ENV } from '../../src/novita-api/tag-env.js';
import { SCOPES } from '../../src/vocabulary/scope.js';
import { ApiDocument } from '../support/api-document.js';
import { DocumentedApi } from '../support/documented-api.js';
import { eventually } from '../support/eventually.js';
import { IdentityProvider } from '../support/identity-provider.js';
import { serveApp, startApp, type RunningApp } from '../support/running-app.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';
import { taggerOf } from '../support/tagger-of.js';

/** Not provoked here: they need a Host header that fetch does not send, a broken service, a broken connection, many requests at once, or two changes in the same millisecond. Each has a test elsewhere. */
const NOT_PROVOKED: ErrorCode[] = [
  'HOST_NOT_ALLOWED',
  'NOT_FOUND',
  'METHOD_NOT_ALLOWED',
  'CONCURRENT_CHANGE',
  'HEADERS_TOO_LARGE',
  'REQUEST_TIMEOUT',
  'REQUEST_ABORTED',
  'EXPECTATION_FAILED',
  'TOO_MANY_IN_FLIGHT',
  'SERVICE_UNAVAILABLE',
  'INTERNAL_SERVER_ERROR',
];

const BODY = { name: 'seen', productName: 'RTX 4090', templateId: '104002', billingMode: 'spot' };
const NOBODY = { instance: 'nobody' };

describe('answers of the service', () => {
  const document = ApiDocument.load();
  let app: RunningApp;
  let api: DocumentedApi;

  beforeAll(async () => {
    app = await startApp({ config: { webhooks: { maxEndpoints: 2 } } });
    api = new DocumentedApi(document, app.url);
  });
  afterAll(() => app.stop());

  const statusIs = (instance: string, status: string): Promise<unknown> =>
    eventually(
      `${instance} is ${status}`,
      async () => (await api.ask<{ status: string }>('getInstance', { path: { instance } })).body.status === status,
    );

  const updateIs = (instance: string, state: string): Promise<unknown> =>
    eventually(`the update of ${instance} is ${state}`, async () => {
      const { body } = await api.ask<{ update: { state: string } | null }>('getInstance', { path: { instance } });
      return body.update?.state === state;
    });

  it('are as documented while an instance lives, whatever it is doing', async () => {
    const { body: created } = await api.ask<{ id: string }>('createInstance', {
      body: {
        ...BODY,
        rootfsSize: 70,
        envs: [{ key: 'A', value: 'b' }],
        labels: { team: 'x' },
        readiness: { successThreshold: 2 },
      },
    });
    const path = { instance: created.id };
    await statusIs('seen', 'ready');
    await api.ask('getInstance', { path, query: '?include=secrets' });
    await api.ask('explainInstance', { path });
    await api.ask('stopInstance', { path, headers: { prefer: 'wait=300' } });
    await api.ask('waitForInstance', { path, query: '?for=stopped' });
    await api.refused('INSTANCE_STOPPED', 'waitForInstance', { path, query: '?for=ready' });
    await api.refused('WAIT_TIMED_OUT', 'waitForInstance', { path, query: '?for=ready&generation=9&timeout=0' });
    await api.ask('startInstance', { path });
    await statusIs('seen', 'ready');
    await api.ask('restartInstance', { path });
    await statusIs('seen', 'ready');
    await api.ask('updateInstance', { path, body: { labels: { round: 'two' } } });
    await api.refused('FIELD_NOT_CHANGEABLE', 'updateInstance', { path, body: { gpuNum: 2 } });
    await api.ask('updateInstance', { path, body: { rootfsSize: 80 } });
    await updateIs('seen', 'applied');
    await api.refused('DISK_CANNOT_SHRINK', 'updateInstance', { path, body: { rootfsSize: 60 } });
    app.novita.faults.next('upgradeInstance', { status: 429, reason: 'RATE_LIMIT_EXCEEDED', retryAfter: 2 });
    await api.ask('updateInstance', { path, body: { image: 'example/workload:2' } });
    await eventually('the upgrade is sent', () => app.novita.count('upgradeInstance') > 0);
    await api.refused('UPDATE_UNDER_WAY', 'updateInstance', { path, body: { image: 'example/workload:3' } });
    await updateIs('seen', 'applied');
    await statusIs('seen', 'ready');
    await api.ask('replaceInstanceMachine', { path });
    await api.ask('listInstances', { query: '?label=team=x&status=ready,starting,running' });
    await api.ask('listInstanceEvents', { path, query: '?limit=3' });
    await api.ask('deleteInstance', { path });
    await statusIs(created.id, 'deleted');
    await api.refused('INSTANCE_DELETED', 'waitForInstance', { path, query: '?for=ready' });
    await api.ask('listInstances', { query: '?status=deleted' });
    await api.ask('listInstanceEvents', { path, query: '?limit=100' });
    await api.ask('listEvents', { query: '?limit=100' });
    await api.asStream('streamEvents', { query: '?after=evt_0000000000000000' });
  });

  it('are as documented when an instance fails', async () => {
    app.novita.faults.next('createInstance', { status: 400, reason: 'IMAGE_NOT_FOUND', message: 'no such image' });
    await api.ask('createInstance', { body: { ...BODY, name: 'fails' } });
    await statusIs('fails', 'failed');
    await api.ask('explainInstance', { path: { instance: 'fails' } });
    await api.refused('INSTANCE_FAILED', 'waitForInstance', { path: { instance: 'fails' }, query: '?for=ready' });
    await api.ask('deleteInstance', { path: { instance: 'fails' } });
  });

  it('are as documented for the catalogue, jobs, health and metrics', async () => {
    for (const operation of [
      'listOffers',
      'listRegions',
      'listTemplates',
      'listRegistryAuths',
      'listVolumes',
      'getHealth',
      'getLiveness',
      'getReadiness',
      'getStartup',
      'getMetricsReport',
      'getMetricsSummary',
      'getSystemMetrics',
      'resetMetrics',
    ]) {
      expect((await api.ask(operation)).status).toBe(200);
    }
    await api.ask('listOffers', { query: '?productName=RTX%204090&gpuNum=8' });
    await api.ask('getMetrics');
    const { body } = await api.ask<{ data: { id: string; state: string }[] }>('listJobs', { query: '?limit=100' });
    expect(body.data.length).toBeGreaterThan(0);
    await api.ask('getJob', { path: { id: body.data[0]?.id ?? '' } });
  });

  it('are as documented for registry credentials', async () => {
    const { faults } = app.novita;
    const body = { name: 'ghcr.io', username: 'me', password: 'not-a-real-password' };
    const { body: path } = await api.ask<{ id: string }>('createRegistryAuth', { body });
    faults.next('saveRepositoryAuth', { status: 400, reason: 'VALIDATOR_PARAM' });
    await api.refused('REGISTRY_AUTH_REFUSED', 'createRegistryAuth', { body });
    faults.next('saveRepositoryAuth', 'drop');
    await api.refused('REGISTRY_AUTH_UNCERTAIN', 'createRegistryAuth', { body });
    faults.next('deleteRepositoryAuth', { status: 400, reason: 'VALIDATOR_PARAM' });
    await api.refused('REGISTRY_AUTH_REFUSED', 'deleteRegistryAuth', { path });
    faults.next('deleteRepositoryAuth', { status: 400, reason: 'IMAGE_AUTH_IN_USE' });
    await api.refused('REGISTRY_AUTH_IN_USE', 'deleteRegistryAuth', { path });
    faults.next('deleteRepositoryAuth', 'drop');
    await api.refused('REGISTRY_AUTH_UNCERTAIN', 'deleteRegistryAuth', { path });
    faults.always('listRepositoryAuths', { status: 403, reason: 'FORBIDDEN' });
    await api.refused('NOVITA_UNAVAILABLE', 'createRegistryAuth', { body });
    await api.refused('NOVITA_UNAVAILABLE', 'deleteRegistryAuth', { path });
    faults.clear();
    await api.ask('deleteRegistryAuth', { path });
    await api.refused('REGISTRY_AUTH_NOT_FOUND', 'deleteRegistryAuth', { path });
  });

  it('are as documented for machines of the account, ours and not ours', async () => {
    const tagger = await taggerOf(app.databaseUrl);
    const lost = (): string => tagger.write({ instanceId: `ins_${ulid()}`, attempt: 1 });
    const { body: held } = await api.ask<{ id: string }>('createInstance', { body: { ...BODY, name: 'holds-one' } });
    await statusIs('holds-one', 'ready');
    const { body: holder } = await api.ask<{ machine: { id: string } }>('getInstance', { path: { instance: held.id } });
    const [foreign, kept, givenBack, second] = await Promise.all(
      ['a-machine-of-others', lost(), lost(), tagger.write({ instanceId: held.id, attempt: 7 })].map(async (name) => ({
        id: (await app.novita.addForeignMachine(name)).id,
      })),
    );
    await eventually('all are listed', async () => {
      const { body } = await api.ask<{ data: { id: string }[] }>('listMachines', { query: '?limit=100' });
      return [foreign, kept, givenBack, second].every((one) => body.data.some(({ id }) => id === one?.id));
    });
    await api.ask('listMachines', { query: '?verdict=unknown,foreign&limit=1' });
    await api.ask('getFleet');
    await api.ask('listBackgroundTasks');
    await api.ask('getBackgroundTask', { path: { name: 'fleet-sweep' } });
    await api.ask('activateBackgroundTask', { path: { name: 'fleet-sweep' } });
    for (const word of ['adoptMachine', 'ignoreMachine', 'terminateMachine', 'declareMachineGone']) {
      await api.refused('MACHINE_NOT_FOUND', word, { path: { id: 'nobody' } });
    }
    await api.refused('FOREIGN_MACHINE', 'adoptMachine', { path: foreign });
    await api.refused('FOREIGN_MACHINE', 'terminateMachine', { path: foreign });
    await api.refused('MACHINE_NOT_ADOPTABLE', 'adoptMachine', { path: second });
    await api.refused('MACHINE_IN_USE', 'terminateMachine', { path: holder.machine });
    await api.refused('MACHINE_IN_USE', 'ignoreMachine', { path: holder.machine });
    await api.refused('MACHINE_NOT_LEAVING', 'declareMachineGone', { path: holder.machine });
    app.novita.faults.always('getInstance', { status: 500 });
    await api.refused('NOVITA_UNAVAILABLE', 'adoptMachine', { path: kept });
    app.novita.faults.clear();
    expect((await api.ask('ignoreMachine', { path: foreign })).body).toMatchObject({ ...foreign, ignored: true });
    const adopted = await eventually('Novita is asked again', async () => {
      const answer = await api.ask<{ id: string; machine: { id: string } }>('adoptMachine', { path: kept });
      return answer.status === 202 && answer.body;
    });
    expect(adopted.machine).toMatchObject(kept ?? {});
    await statusIs(adopted.id, 'ready');
    const { body: gone } = await api.ask<{ id: string }>('terminateMachine', { path: givenBack });
    await statusIs(gone.id, 'deleted');
    await api.ask('terminateMachine', { path: second });
    const { body: resumed } = await api.ask('resumeFleet');
    expect(resumed).toMatchObject({ frozen: null });
  });

  it('are as documented when a person says what nobody can find out', async () => {
    const database = new Client({ connectionString: app.databaseUrl });
    await database.connect();
    try {
      await eventually(
        'the account is known',
        async () => (await api.ask<{ hold: unknown }>('getFleet')).body.hold === null,
      );
      app.novita.faults.always('listInstances', { status: 500 });
      app.novita.faults.next('createInstance', { drop: true });
      const { body: created } = await api.ask<{ id: string }>('createInstance', {
        body: { ...BODY, name: 'in-doubt' },
      });
      await statusIs('in-doubt', 'uncertain');
      const path = { instance: 'in-doubt', number: '1' };
      const settles = (when: string) =>
        database.query(`UPDATE create_attempts SET settle_after = now() ${when} WHERE instance_id = $1`, [created.id]);
      await api.refused('ATTEMPT_NOT_FOUND', 'declareAttemptAbsent', { path: { ...path, number: '2' } });
      await settles("+ interval '1 hour'");
      await api.refused('ATTEMPT_NOT_SETTLED', 'declareAttemptAbsent', { path });
      const stranger = await app.novita.addForeignMachine('renamed', {
        envs: [
          {
            key: TAG_ENV,
            value: (await taggerOf(app.databaseUrl)).write({ instanceId: created.id, attempt: 1 }),
          },
        ],
      });
      app.novita.faults.clear();
      await eventually('it is suspected', async () => {
        const { body } = await api.ask<{ data: { id: string }[] }>('listMachines', { query: '?verdict=suspected' });
        return body.data.some(({ id }) => id === stranger.id);
      });
      await api.refused('ATTEMPT_HAS_MACHINE', 'declareAttemptAbsent', { path });
      await api.ask('ignoreMachine', { path: { id: stranger.id } });
      await settles("- interval '1 hour'");
      await api.ask('declareAttemptAbsent', { path });
      await statusIs('in-doubt', 'ready');
      await api.refused('ATTEMPT_NOT_IN_DOUBT', 'declareAttemptAbsent', { path: { ...path, number: '2' } });

      const { body: ready } = await api.ask<{ machine: { id: string } }>('getInstance', { path });
      for (const operation of ['listInstances', 'getInstance', 'deleteInstance'] as const) {
        app.novita.faults.always(operation, { status: 500 });
      }
      await api.ask('deleteInstance', { path });
      await api.refused('MACHINE_SEEN_LATELY', 'declareMachineGone', { path: ready.machine });
      app.novita.removeByHand(ready.machine.id);
      await database.query("UPDATE machines SET observed_at = now() - interval '1 hour' WHERE machine_id = $1", [
        ready.machine.id,
      ]);
      await api.ask('declareMachineGone', { path: ready.machine });
      await statusIs(created.id, 'deleted');
    } finally {
      app.novita.faults.clear();
      await database.end();
    }
  });

  it('are as documented for plans', async () => {
    const database = new Client({ connectionString: app.databaseUrl });
    await database.connect();
    try {
      const body = { ...BODY, name: 'planned' };
      const { body: plan } = await api.ask<{ id: string }>('createPlan', { body });
      await api.ask('createPlan', { body: { ...body, billingMode: 'onDemand', maxPricePerHour: '0.01' } });
      await api.refused('PRODUCT_NOT_FOUND', 'createPlan', { body: { ...body, productName: 'Abacus' } });
      await api.refused('TEMPLATE_NOT_FOUND', 'createPlan', { body: { ...body, templateId: '999999' } });
      await api.refused('VALIDATION_ERROR', 'createPlan', { body: { ...body, planId: 'plan_x' } });
      await database.query('UPDATE plans SET price_per_hour = 1 WHERE id = $1', [plan.id]);
      await api.refused('PRICE_ABOVE_PLAN', 'createInstance', { body: { ...body, planId: plan.id } });
      await database.query('UPDATE plans SET price_per_hour = NULL WHERE id = $1', [plan.id]);
      for (const operation of ['createPlan', 'createInstance'])
        await api.refused('PLAN_WITHOUT_OFFER', operation, { body: { ...body, planId: plan.id } });
      await database.query('UPDATE plans SET expires_at = now() WHERE id = $1', [plan.id]);
      for (const operation of ['createPlan', 'createInstance'])
        await api.refused('PLAN_EXPIRED', operation, { body: { ...body, planId: plan.id } });
      await database.query('DELETE FROM plans');
      for (const operation of ['createPlan', 'createInstance'])
        await api.refused('PLAN_NOT_FOUND', operation, { body: { ...body, planId: plan.id } });
    } finally {
      await database.end();
    }
  });

  it('are as documented while an instance waits for capacity', async () => {
    app.novita.setStock('6000ada.16c120g', undefined, 0);
    const body = { ...BODY, name: 'waits', productName: 'RTX 6000 Ada', capacityWait: { forMinutes: 5 } };
    await api.ask('createInstance', { body });
    await statusIs('waits', 'waiting_capacity');
    await api.ask('explainInstance', { path: { instance: 'waits' } });
    await api.ask('deleteInstance', { path: { instance: 'waits' } });
  });

  it('are as documented when a request is refused', async () => {
    const { headers } = await api.ask('createInstance', {
      body: { ...BODY, name: 'taken' },
      headers: { 'idempotency-key': 'taken' },
    });
    const path = { instance: 'taken' };
    await api.refused('VALIDATION_ERROR', 'createInstance', { body: { ...BODY, gpuNum: 0 } });
    await api.refused('VALIDATION_ERROR', 'createInstance', { body: BODY, headers: { 'idempotency-key': ' ä' } });
    await api.refused('VALIDATION_ERROR', 'listOffers', { query: '?gpuNum=nine' });
    await api.refused('MALFORMED_JSON', 'createInstance', { text: '{"name":' });
    await api.refused('UNSUPPORTED_MEDIA_TYPE', 'createInstance', {
      text: 'name=x',
      headers: { 'content-type': 'text/plain' },
    });
    await api.refused('PAYLOAD_TOO_LARGE', 'createInstance', { text: `"${'x'.repeat(70_000)}"` });
    await api.refused('NAME_TAKEN', 'createInstance', { body: { ...BODY, name: 'taken' } });
    await api.refused('PRODUCT_NOT_FOUND', 'createInstance', { body: { ...BODY, productName: 'Abacus' } });
    await api.refused('TEMPLATE_NOT_FOUND', 'createInstance', { body: { ...BODY, templateId: '999999' } });
    await api.refused('VOLUME_NOT_FOUND', 'createInstance', { body: { ...BODY, volumes: [{ id: 'none' }] } });
    await api.refused('IDEMPOTENCY_KEY_REUSED', 'createInstance', {
      body: BODY,
      headers: { 'idempotency-key': 'taken' },
    });
    await api.refused('INSTANCE_NOT_FOUND', 'declareAttemptAbsent', { path: { ...NOBODY, number: '1' } });
    for (const verb of [
      'getInstance',
      'explainInstance',
      'listInstanceEvents',
      'startInstance',
      'stopInstance',
      'restartInstance',
      'replaceInstanceMachine',
      'updateInstance',
      'deleteInstance',
    ]) {
      await api.refused('INSTANCE_NOT_FOUND', verb, { path: NOBODY });
    }
    await api.refused('INSTANCE_NOT_FOUND', 'waitForInstance', { path: NOBODY, query: '?for=ready' });
    expect(headers.get('etag')).toMatch(/^"\d+"$/);
    for (const verb of [
      'startInstance',
      'stopInstance',
      'restartInstance',
      'replaceInstanceMachine',
      'updateInstance',
      'deleteInstance',
    ]) {
      await api.refused('PRECONDITION_FAILED', verb, { path, headers: { 'if-match': '"0"' } });
    }
    await api.refused('PRECONDITION_FAILED', 'declareAttemptAbsent', {
      path: { ...path, number: '1' },
      headers: { 'if-match': '"0"' },
    });
    await api.refused('URI_TOO_LONG', 'getInstance', { path: { instance: 'x'.repeat(101) } });
    await api.refused('JOB_NOT_FOUND', 'getJob', { path: { id: randomUUID() } });
    await api.refused('JOB_NOT_FOUND', 'retryJob', { path: { id: randomUUID() } });
    for (const operation of ['getBackgroundTask', 'activateBackgroundTask']) {
      await api.refused('BACKGROUND_TASK_NOT_FOUND', operation, { path: { name: 'idling' } });
    }
    await api.refused('ORIGIN_NOT_ALLOWED', 'retryJob', {
      path: { id: randomUUID() },
      headers: { origin: 'http://evil.example' },
    });
  });

  it('are as documented when the instance, or the job, cannot do it now', async () => {
    await api.ask('deleteInstance', { path: { instance: 'taken' } });
    await api.refused('ACTION_NOT_ALLOWED', 'startInstance', { path: { instance: 'taken' } });
    const { id } = await eventually('a job is done', async () => {
      const { body } = await api.ask<{ data: { id: string }[] }>('listJobs', { query: '?state=done&limit=1' });
      return body.data[0];
    });
    await api.refused('JOB_NOT_RETRYABLE', 'retryJob', { path: { id } });
  });

  it('are as documented for webhooks', async () => {
    const receiver = await WebhookReceiver.start();
    try {
      receiver.answer = () => ({ status: 200, body: 'thanks' });
      const body = { url: `${receiver.url}/one`, eventTypes: ['instance.created'], labels: { team: 'x' } };
      const { body: webhook } = await api.ask<{ id: string }>('createWebhook', { body });
      const path = { webhook: webhook.id };
      const nowhere = { webhook: 'nobody' };
      await api.refused('WEBHOOK_URL_TAKEN', 'createWebhook', { body });
      await api.refused('VALIDATION_ERROR', 'createWebhook', { body: { url: 'https://10.0.0.1/' } });
      const { body: other } = await api.ask<{ id: string }>('createWebhook', { body: { url: `${receiver.url}/two` } });
      await api.refused('TOO_MANY_WEBHOOKS', 'createWebhook', { body: { url: `${receiver.url}/three` } });
      await api.ask('listWebhooks', { query: '?limit=1' });
      await api.ask('getWebhook', { path });
      await api.ask('rotateWebhookSecret', { path, body: { previousValidSeconds: 60 } });
      const { body: delivery } = await api.ask<{ id: string }>('testWebhook', { path });
      const each = { ...path, delivery: delivery.id };
      const deliveries = () => api.ask<{ data: { state: string }[] }>('listWebhookDeliveries', { path });
      await eventually('it is delivered', async () => (await deliveries()).body.data[0]?.state === 'delivered');
      await api.ask('redeliverWebhookDelivery', { path: each });
      const range = { body: { fromEvent: 'evt_0000000000000001', toEvent: 'evt_0000000000000002' } };
      await api.ask('replayWebhook', { path, ...range });
      await api.ask('replayWebhook', { path, body: { from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' } });
      await api.refused('VALIDATION_ERROR', 'replayWebhook', {
        path,
        body: { ...range.body, from: '2026-01-01T00:00:00Z' },
      });
      await api.refused('WEBHOOK_DELIVERY_NOT_FOUND', 'redeliverWebhookDelivery', {
        path: { ...each, delivery: 'no' },
      });
      await api.refused('WEBHOOK_URL_TAKEN', 'updateWebhook', { path, body: { url: `${receiver.url}/two` } });
      await api.ask('updateWebhook', { path, body: { state: 'disabled' } });
      await api.refused('WEBHOOK_DISABLED', 'testWebhook', { path });
      await api.refused('WEBHOOK_DISABLED', 'replayWebhook', { path, ...range });
      await api.refused('WEBHOOK_DISABLED', 'redeliverWebhookDelivery', { path: each });
      await api.refused('WEBHOOK_NOT_FOUND', 'updateWebhook', { path: nowhere, body: { state: 'paused' } });
      await api.refused('WEBHOOK_NOT_FOUND', 'replayWebhook', { path: nowhere, ...range });
      for (const operation of [
        'getWebhook',
        'deleteWebhook',
        'listWebhookDeliveries',
        'testWebhook',
        'rotateWebhookSecret',
      ])
        await api.refused('WEBHOOK_NOT_FOUND', operation, { path: nowhere });
      await api.refused('WEBHOOK_NOT_FOUND', 'redeliverWebhookDelivery', { path: { ...each, ...nowhere } });
      await api.ask('deleteWebhook', { path });
      await api.ask('deleteWebhook', { path: { webhook: other.id } });
    } finally {
      await receiver.stop();
    }
  });

  it('are as documented for API keys', async () => {
    const closed = await startApp({ config: { waiting: { maxStreams: 0, maxWaits: 0 } } });
    try {
      const open = new DocumentedApi(document, closed.url, api.seen);
      const body = { name: 'owner', scopes: SCOPES };
      const { body: owner } = await open.ask<{ key: string }>('createApiKey', { body });
      const its = new DocumentedApi(document, closed.url, api.seen, { authorization: `Bearer ${owner.key}` });
      await open.refused('API_KEY_REQUIRED', 'listInstances');
      await open.refused('API_KEY_INVALID', 'listInstances', { headers: { authorization: 'Bearer nvt_' } });
      await its.refused('TOO_MANY_OPEN_REQUESTS', 'streamEvents');
      await its.refused('API_KEY_NAME_TAKEN', 'createApiKey', { body });
      const expiresAt = '2999-12-31T00:00:00Z';
      const { body: poor } = await its.ask<{ id: string; key: string }>('createApiKey', {
        body: { name: 'poor', scopes: ['instances:read'], expiresAt },
      });
      const path = { id: poor.id };
      await open.refused('SCOPE_MISSING', 'listApiKeys', { headers: { authorization: `Bearer ${poor.key}` } });
      await its.ask('listApiKeys', { query: '?limit=1' });
      await its.ask('rotateApiKey', { path, body: { previousValidSeconds: 0 } });
      await open.refused('API_KEY_EXPIRED', 'listInstances', { headers: { authorization: `Bearer ${poor.key}` } });
      const { body: rotated } = await its.ask<{ key: string }>('rotateApiKey', { path });
      await its.ask('revokeApiKey', { path });
      await open.refused('API_KEY_REVOKED', 'listInstances', { headers: { authorization: `Bearer ${rotated.key}` } });
      await its.refused('API_KEY_NOT_ROTATABLE', 'rotateApiKey', { path, body: {} });
      for (const operation of ['rotateApiKey', 'revokeApiKey']) {
        await its.refused('API_KEY_NOT_FOUND', operation, { path: { id: 'nobody' } });
      }
    } finally {
      await closed.stop();
    }
  });

  it('are as documented for projects and their limits', async () => {
    const body = { name: 'vision', limits: { maxInstances: 0, maxDollarsPerHour: '12.50' } };
    const { body: made } = await api.ask<{ id: string }>('createProject', { body });
    await api.refused('PROJECT_NAME_TAKEN', 'createProject', { body });
    await api.ask('listProjects', { query: '?limit=1' });
    const path = { project: 'vision' };
    await api.ask('getProject', { path: { project: made.id } });
    await api.ask('updateProject', { path, body: { limits: { maxInstances: 0 } } });
    await api.refused('PROJECT_NAME_TAKEN', 'updateProject', { path, body: { name: 'default' } });
    await api.refused('QUOTA_EXCEEDED', 'createInstance', { body: { ...BODY, name: 'too-many', project: 'vision' } });
    const nobody = { project: 'nobody' };
    for (const operation of ['getProject', 'updateProject']) {
      await api.refused('PROJECT_NOT_FOUND', operation, {
        path: nobody,
        body: operation === 'getProject' ? undefined : {},
      });
    }
    await api.refused('PROJECT_NOT_FOUND', 'createInstance', { body: { ...BODY, ...nobody } });
    await api.refused('PROJECT_NOT_FOUND', 'createPlan', { body: { ...BODY, ...nobody } });
    await api.refused('PROJECT_NOT_FOUND', 'createApiKey', {
      body: { name: 'x', scopes: ['instances:read'], ...nobody },
    });
  });

  it('are as documented for tokens of an identity provider', async () => {
    const provider = await IdentityProvider.start();
    const oidc = { issuer: provider.issuer, audience: 'novitai' };
    const replica = await serveApp(app.novita, app.databaseUrl, { oidc });
    try {
      const its = new DocumentedApi(document, replica.url, api.seen);
      const headers = { authorization: `Bearer ${await provider.token({ aud: 'another' })}` };
      provider.instead = (_, response) => (response.writeHead(500).end(), true);
      await its.refused('IDENTITY_PROVIDER_UNAVAILABLE', 'listInstances', { headers });
      provider.instead = () => false;
      await eventually('the provider is asked again', async () => {
        const { status } = await fetch(`${replica.url}/api/instances`, { headers });
        return status === 401;
      });
      await its.refused('TOKEN_INVALID', 'listInstances', { headers });
      const ended = { authorization: `Bearer ${await provider.token({ exp: 1 })}` };
      await its.refused('TOKEN_EXPIRED', 'listInstances', { headers: ended });
    } finally {
      await replica.close();
      await provider.stop();
    }
  });

  it('are as documented when a client asks too often, and when Novita has never answered', async () => {
    const poor = await startApp({ config: { rateLimit: { maxRequests: 2 }, novitaApi: { timeoutMs: 300 } } });
    try {
      const its = new DocumentedApi(document, poor.url, api.seen);
      poor.novita.faults.always('listClusters', { status: 500 });
      await its.refused('CATALOGUE_UNAVAILABLE', 'createPlan', { body: BODY });
      await its.refused('CATALOGUE_UNAVAILABLE', 'listRegions');
      await its.refused('RATE_LIMIT_EXCEEDED', 'listRegions');
    } finally {
      await poor.stop();
    }
  });

  it('have shown every operation succeed and every refusal that can be provoked', () => {
    const succeeded = document.operations.filter(({ operationId }) => api.seen.successes.has(operationId));
    const never = document.operations.filter((operation) => !succeeded.includes(operation));
    expect(never.map(({ operationId }) => operationId)).toEqual(['retryJob']);
    expect(Object.keys(ERROR_CODES).filter((code) => !api.seen.codes.has(code))).toEqual(NOT_PROVOKED);
    console.log(`FIGURE ${api.seen.answers} answers as documented, ${api.seen.codes.size} codes of refusals`);
  });
});
