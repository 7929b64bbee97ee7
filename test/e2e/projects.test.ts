/** Projects: what a key of one sees of another, and what their limits hold back. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExplanationDto } from '../../src/explanation/api/explanation.dto.js';
import type { InstanceDto } from '../../src/novita-instances/api/dto/instance.dto.js';
import { SCOPES } from '../../src/vocabulary/scope.js';
import { ApiClient, type Answer } from '../support/api-client.js';
import { ApiDocument } from '../support/api-document.js';
import { eventually } from '../support/eventually.js';
import { closeBy } from '../support/owner-key.js';
import { serveApp, startApp, type RunningApp, type ServedApp } from '../support/running-app.js';

interface Refusal {
  code: string;
  detail: string;
  errors?: { pointer: string }[];
}

const OF_PROJECTS = SCOPES.filter((scope) => !scope.startsWith('operations:'));

/** A project and a client with a key for it. */
class ProjectStage {
  constructor(
    readonly id: string,
    readonly keyId: string,
    readonly api: ApiClient,
    readonly headers: Record<string, string>,
  ) {}

  static async make(owner: ApiClient, url: string, name: string, limits: object = {}): Promise<ProjectStage> {
    const made = await owner.request<{ id: string }>('POST', '/api/projects', { name, limits });
    expect(made.status).toBe(201);
    const key = await owner.request<{ id: string; key: string; projectId: string }>('POST', '/api/keys', {
      name: `key of ${name}`,
      scopes: OF_PROJECTS,
      project: name,
    });
    expect(key).toMatchObject({ status: 201, body: { projectId: made.body.id } });
    const headers = { authorization: `Bearer ${key.body.key}` };
    return new ProjectStage(made.body.id, key.body.id, new ApiClient(url, headers), headers);
  }
}

describe('a key of a project', () => {
  const document = ApiDocument.load();
  let app: RunningApp;
  let owner: ApiClient;
  let mine: ProjectStage;
  let theirs: ProjectStage;
  let instance: InstanceDto;
  let webhookId: string;

  beforeAll(async () => {
    app = await startApp();
    ({ owner } = await closeBy(app.url));
    mine = await ProjectStage.make(owner, app.url, 'mine');
    theirs = await ProjectStage.make(owner, app.url, 'theirs');
    const created = await theirs.api.create({ name: 'shared-name' });
    expect(created).toMatchObject({ status: 202, body: { projectId: theirs.id } });
    instance = created.body;
    const hook = await theirs.api.request<{ id: string; projectId: string }>('POST', '/api/webhooks', {
      url: 'https://hooks.example.com/theirs',
    });
    expect(hook).toMatchObject({ status: 201, body: { projectId: theirs.id } });
    webhookId = hook.body.id;
    await theirs.api.request('PATCH', `/api/webhooks/${webhookId}`, { state: 'disabled' });
  });
  afterAll(() => app.stop());

  it('uses no plan of another project', async () => {
    const body = { name: 'planned', productName: 'RTX 4090 24GB', image: 'example/workload:1', ports: [] };
    const plan = await theirs.api.request<{ id: string; projectId: string }>('POST', '/api/plans', body);
    expect(plan).toMatchObject({ status: 201, body: { projectId: theirs.id } });
    const asked = { ...body, planId: plan.body.id };
    for (const path of ['/api/plans', '/api/instances'])
      expect(await mine.api.request('POST', path, asked)).toMatchObject({
        status: 422,
        body: { code: 'PLAN_NOT_FOUND' },
      });
    expect((await theirs.api.request('POST', '/api/plans', asked)).status).toBe(201);
  });

  /** Bodies without which nothing is looked up. */
  const BODIES: Record<string, object> = { replayWebhook: { fromEvent: 'evt_0000000000000001' } };
  /** By the name of the parameter: what another project has. */
  const OF_OTHERS: Record<string, () => string> = {
    instance: () => instance.id,
    project: () => theirs.id,
    id: () => theirs.keyId,
    webhook: () => webhookId,
  };
  const ofOthers = document.operations.filter(({ path }) =>
    Object.keys(OF_OTHERS).some((it) => path.includes(`{${it}}`)),
  );

  it.each(ofOthers.map((operation) => [operation.operationId, operation] as const))(
    'finds nothing of another project by %s, and is told no more than of what never was',
    async (operationId, { method, path }) => {
      const ask = async (valueOf: (parameter: string) => string): Promise<[number, string]> => {
        const target = path.replace(/\{(\w+)\}/g, (_, parameter: string) => valueOf(parameter));
        const { status, body } = await mine.api.request<Refusal>(method, target, BODIES[operationId]);
        return [status, body.code];
      };
      const [status, code] = await ask((parameter) => OF_OTHERS[parameter]?.() ?? 'sample');
      expect([status, code]).toEqual(await ask(() => 'nobody'));
      expect([403, 404], code).toContain(status);
      expect(await theirs.api.get(instance.id)).toMatchObject({ desiredState: 'running', generation: 1 });
    },
  );

  it('lists and follows what belongs to its project only', async () => {
    const lists = document.operations.filter(
      ({ operationId, method, path, security }) =>
        method === 'GET' &&
        // a stream has no end; its filter is that of listEvents
        operationId !== 'streamEvents' &&
        !path.includes('{') &&
        !security?.[0]?.['apiKey']?.[0]?.startsWith('operations:'),
    );
    expect(lists.map(({ operationId }) => operationId)).toEqual(
      expect.arrayContaining(['listInstances', 'listEvents', 'listApiKeys', 'listProjects', 'listWebhooks']),
    );
    for (const { path, operationId } of lists) {
      const { body } = await mine.api.request<unknown>('GET', path);
      const text = JSON.stringify(body);
      for (const secret of [instance.id, theirs.id, theirs.keyId, webhookId, 'shared-name']) {
        expect(text.includes(secret), `${operationId} shows ${secret}`).toBe(false);
      }
    }
    const { body: events } = await owner.request<{ data: { subject: { id: string }; projectId: string | null }[] }>(
      'GET',
      `/api/events?subject=${instance.id}`,
    );
    expect(new Set(events.data.map(({ projectId }) => projectId))).toEqual(new Set([theirs.id]));
    expect((await theirs.api.request<{ data: unknown[] }>('GET', '/api/events')).body.data.length).toBeGreaterThan(0);
  });

  it('has names and idempotency keys of its own, and names no other project', async () => {
    const headers = { 'idempotency-key': 'the-same' };
    const [one, again, other] = [
      await mine.api.create({ name: 'shared-name' }, headers),
      await mine.api.create({ name: 'shared-name' }, headers),
      await theirs.api.create({ name: 'second' }, headers),
    ];
    expect([one.status, again.status, other.status]).toEqual([202, 202, 202]);
    expect(again.body.id).toBe(one.body.id);
    expect(await mine.api.get('shared-name')).toMatchObject({ id: one.body.id, projectId: mine.id });
    expect(await theirs.api.get('shared-name')).toMatchObject({ id: instance.id });
    const taken = await mine.api.request<Refusal>('POST', '/api/instances', {
      ...{ name: 'astray', productName: 'RTX 4090', image: 'example/workload:1', project: 'theirs' },
    });
    expect(taken).toMatchObject({ status: 404, body: { code: 'PROJECT_NOT_FOUND' } });
    // operators reach the default project by names, and every project by ids
    expect((await owner.request('GET', '/api/instances/shared-name')).status).toBe(404);
    expect(await owner.get(instance.id)).toMatchObject({ projectId: theirs.id });
    const placed = await owner.create({ name: 'placed-by-operators', project: 'mine' });
    expect(placed).toMatchObject({ status: 202, body: { projectId: mine.id } });
    expect((await mine.api.list('?name=placed-by-operators')).data).toHaveLength(1);
  });

  it('makes keys of its project only, without what operators may do', async () => {
    const made = await mine.api.request('POST', '/api/keys', { name: 'child', scopes: ['instances:read'] });
    expect(made).toMatchObject({ status: 201, body: { projectId: mine.id } });
    const foreign = { name: 'x', scopes: ['instances:read'], project: theirs.id };
    expect(await mine.api.request<Refusal>('POST', '/api/keys', foreign)).toMatchObject({
      status: 404,
      body: { code: 'PROJECT_NOT_FOUND' },
    });
    const operator = { name: 'x', scopes: ['operations:read'], project: 'mine' };
    expect(await owner.request<Refusal>('POST', '/api/keys', operator)).toMatchObject({
      status: 400,
      body: { code: 'VALIDATION_ERROR', errors: [{ pointer: '/scopes/0' }] },
    });
  });
});

describe('a limit', () => {
  const REPLICAS = 3;
  const ASKED = 50;
  const ROOM = 10;
  let app: RunningApp;
  let owner: ApiClient;
  const replicas: ServedApp[] = [];
  beforeAll(async () => {
    app = await startApp();
    ({ owner } = await closeBy(app.url));
    for (let replica = 1; replica < REPLICAS; replica++) replicas.push(await serveApp(app.novita, app.databaseUrl));
  });
  afterAll(async () => {
    for (const replica of replicas) await replica.close();
    await app.stop();
  });

  const askAll = (headers: Record<string, string>): Promise<Answer<InstanceDto | Refusal>[]> => {
    const urls = [app.url, ...replicas.map(({ url }) => url)];
    const clients = urls.map((url) => new ApiClient(url, headers));
    const ask = async (number: number): Promise<Answer<InstanceDto | Refusal>> => {
      const client = clients[number % clients.length] as ApiClient;
      for (;;) {
        const answer = await client.create({ name: `n${number}` }, { 'idempotency-key': `n${number}` });
        // a busy database is no refusal: the request is sent again, as every client does
        if (answer.status !== 503) return answer;
      }
    };
    return Promise.all(Array.from({ length: ASKED }, (_, number) => ask(number)));
  };

  it.each([
    ['instances', { maxInstances: ROOM }, `The project may have ${ROOM} instances and has ${ROOM}.`],
    // the cheapest costs 0.18 USD
    [
      'dollars',
      { maxDollarsPerHour: '1.80' },
      'The project may cost 1.80 USD per hour. This takes 0.18, and everything else 1.80.',
    ],
  ])('on %s lets exactly as many through as there is room for, over three replicas', async (name, limits, detail) => {
    const { api, headers } = await ProjectStage.make(owner, app.url, name, limits);
    const answers = await askAll(headers);
    const [taken, refused] = [
      answers.filter(({ status }) => status === 202),
      answers.filter(({ status }) => status === 409),
    ];
    expect([taken.length, refused.length]).toEqual([ROOM, ASKED - ROOM]);
    for (const { body: refusal } of refused) expect(refusal).toMatchObject({ code: 'QUOTA_EXCEEDED', detail });
    const [first] = taken as Answer<InstanceDto>[];
    // what is given back makes room
    await api.delete(first?.body.id ?? '');
    await api.until(first?.body.id ?? '', 'deleted');
    expect((await api.create({ name: 'after' })).status).toBe(202);
    expect((await api.create({ name: 'too-many' })).status).toBe(409);
    for (const { id } of (await api.list('?limit=100')).data) await api.delete(id);
  });

  it('on dollars holds back a start and a replacement too', async () => {
    const { api } = await ProjectStage.make(owner, app.url, 'one-machine', { maxDollarsPerHour: '0.20' });
    const { body: first } = await api.create({ name: 'first' });
    await api.until(first.id, 'ready');
    expect(await api.ask(first.id, 'replace')).toMatchObject({ status: 409, body: { code: 'QUOTA_EXCEEDED' } });
    await api.ask(first.id, 'stop');
    await api.until(first.id, 'stopped');
    const { body: second } = await api.create({ name: 'second' });
    await api.until(second.id, 'ready');
    expect(await api.ask(first.id, 'start')).toMatchObject({ status: 409, body: { code: 'QUOTA_EXCEEDED' } });
    await api.delete(second.id);
    await api.until(second.id, 'deleted');
    expect((await api.ask(first.id, 'start')).status).toBe(202);
    await api.until(first.id, 'ready');
    await api.delete(first.id);
  });

  it('that is lowered holds back what is not bought yet, says so, and lets it go on when it is raised', async () => {
    const { id, api } = await ProjectStage.make(owner, app.url, 'lowered');
    // what no other test gives back
    app.novita.setStock('5090.16c96g', undefined, 0);
    const { body: waiting } = await api.create({ name: 'waits', productName: 'RTX 5090' });
    await api.until(waiting.id, 'waiting_capacity');
    await owner.request('PATCH', `/api/projects/${id}`, { limits: { maxDollarsPerHour: '0.10' } });
    app.novita.setStock('5090.16c96g', undefined, 48);
    const explained = await eventually('it waits for its limit', async () => {
      const { body } = await api.request<ExplanationDto>('GET', `/api/instances/${waiting.id}/explain`);
      return body.waitingFor === 'quota' && body;
    });
    expect(explained).toMatchObject({ status: 'pending' });
    expect(explained.advice.join()).toContain('raise the limit');
    expect(await api.get(waiting.id)).toMatchObject({ machine: null, attempts: [] });
    const { body: raised } = await owner.request('PATCH', `/api/projects/${id}`, { limits: {} });
    expect(raised).toMatchObject({ limits: { maxDollarsPerHour: null } });
    await api.until(waiting.id, 'ready');
    await api.delete(waiting.id);
  });

  it('of the service holds for all projects together', async () => {
    const limited = await serveApp(app.novita, app.databaseUrl, { instances: { maxInstances: 0 } });
    const refused = await new ApiClient(limited.url, await ofOwner()).create({ name: 'never' });
    expect(refused).toMatchObject({ status: 409, body: { code: 'QUOTA_EXCEEDED' } });
    expect(JSON.stringify(refused.body)).toContain('The service may have 0 instances');
    await limited.close();
  });

  const ofOwner = async (): Promise<Record<string, string>> => {
    const { body } = await owner.request<{ key: string }>('POST', '/api/keys', {
      name: 'second owner',
      scopes: SCOPES,
    });
    return { authorization: `Bearer ${body.key}` };
  };
});
