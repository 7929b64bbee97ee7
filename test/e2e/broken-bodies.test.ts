/**
 * Every body that the document describes, made at random, whole and broken in one place: a whole one is taken, also with null
 * in every place that it leaves open; a broken one is refused with a pointer to that place, and nothing is written.
 */
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NovitaSimulator } from '../novita-simulator/novita-simulator.js';
import { type ApiClient } from '../support/api-client.js';
import { ApiDocument, type Operation, type Schema } from '../support/api-document.js';
import { arbitraryOf, type Json } from '../support/arbitrary-body.js';
import { breakagesOf, withNulls } from '../support/broken-body.js';
import { closeBy } from '../support/owner-key.js';
import { QUICK, serveApp, startApp, type RunningApp } from '../support/running-app.js';
import { createTestDatabase } from '../support/test-database.js';

type Body = Record<string, Json>;

/** The only network volume of the Novita account. */
const VOLUME = {
  ...{ id: 'a-volume', name: 'models', clusterId: 'us-ca-6' },
  ...{ sizes: [{ gb: 10, from: 0, to: null }], deletedAt: null },
};
/** A plan of the default project. */
const PLAN_ID = 'plan_01JGFJJZ00N5MQ2YS3B3X8T1RV';

/** What no schema says of a body: what its fields mean together, and what Novita has. One for each operation with a body. */
const MAKE_SENSE: Record<string, (body: Body, id: number) => Body> = {
  createPlan: (body, id) => wantedInstance(body, id),
  createInstance: (body, id) => wantedInstance(body, id),
  updateInstance: (body) => {
    const { probes: _, ...readiness } = (body['readiness'] ?? {}) as Body;
    return {
      ...body,
      // those of earlier updates stay
      ...('labels' in body && { labels: { team: 'x' } }),
      ...('ports' in body && {
        ports: uniqueBy(objects(body['ports']), 'port').filter(({ port }) => !RESERVED_PORTS.has(port)),
      }),
      ...('envs' in body && { envs: uniqueBy(objects(body['envs']), 'key') }),
      ...('readiness' in body && {
        readiness: {
          ...readiness,
          ...('initialDelaySeconds' in readiness && { initialDelaySeconds: 5 }),
          ...('readyWithinSeconds' in readiness && { readyWithinSeconds: 6 }),
        },
      }),
    };
  },
  createApiKey: ({ scopes, project, ...body }, id) => ({
    ...body,
    name: `n${id}`,
    // what operators may do is not for keys of projects
    scopes: [...new Set(['instances:read', ...(scopes as string[])])].filter(
      (scope) => project === undefined || !scope.startsWith('operations:'),
    ),
    ...(project !== undefined && { project: 'default' }),
  }),
  createProject: (body, id) => ({ ...body, name: `n${id}` }),
  updateProject: (body, id) => ({ ...body, ...(body['name'] !== undefined && { name: `n${id}` }) }),
  rotateApiKey: (body) => body,
  createRegistryAuth: (body) => body,
  createWebhook: (body, id) => ({ ...body, url: `https://hooks.example.com/${id}` }),
  updateWebhook: (body) => ({
    ...body,
    ...('url' in body && { url: 'https://hooks.example.com/changed' }),
    // nothing can be replayed to a disabled endpoint
    ...('state' in body && { state: 'paused' }),
  }),
  rotateWebhookSecret: (body) => body,
  // events or times, the earlier one first
  replayWebhook: ({ fromEvent, toEvent, from, to }) =>
    fromEvent !== undefined || from === undefined
      ? { fromEvent: 'evt_0000000000000001', ...(toEvent !== undefined && { toEvent: 'evt_0000000000000002' }) }
      : { from: '2026-01-01T00:00:00Z', ...(to !== undefined && { to: '2026-01-01T00:00:01Z' }) },
};

const wantedInstance = (body: Body, id: number): Body => {
  const ports = uniqueBy(objects(body['ports']), 'port').filter(({ port }) => !RESERVED_PORTS.has(port));
  const probes = uniqueBy(objects((body['readiness'] as Body | undefined)?.['probes']), 'port').map(
    ({ path, accept, ...probe }, at) => {
      const port = ports[at % ports.length];
      if (!port || at >= ports.length) return null;
      const type = port['protocol'] === 'tcp' && probe['type'] === 'http' ? 'tcp' : probe['type'];
      // the smaller status of a range comes first
      const ranges = (accept as string[] | undefined)?.map((range) => range.split('-').sort().join('-'));
      return { type, port: port['port'], ...(type === 'http' && given({ path, accept: ranges })) };
    },
  );
  const { regions, region, webhookUrl, webhookSecret, productName: _, gpu, gpuNum, ...rest } = body;
  const { names, count, ...ofGpu } = (gpu ?? {}) as Body;
  const hook = { webhookUrl: 'https://hooks.example.com/of-instance', webhookSecret: `whsec_${'A'.repeat(32)}` };
  return {
    ...rest,
    name: `n${id}`,
    ...(gpu === undefined
      ? { ...given({ gpuNum }), productName: 'RTX 4090' }
      : {
          ...given({ gpuNum: count === undefined ? gpuNum : undefined }),
          gpu: { ...ofGpu, ...given({ count, names: names && ['RTX 4090'] }) },
        }),
    ...(rest['project'] !== undefined && { project: 'default' }),
    ...(rest['planId'] !== undefined && { planId: PLAN_ID }),
    ...(body['templateId'] !== undefined || body['image'] === undefined ? { templateId: '104002' } : {}),
    ...(regions !== undefined ? { regions: ['us-ca-6'] } : given({ region: region && 'us-ca-6' })),
    ...(body['ports'] !== undefined && { ports }),
    ...((webhookUrl !== undefined || webhookSecret !== undefined) && hook),
    ...(body['envs'] !== undefined && { envs: uniqueBy(objects(body['envs']), 'key') }),
    ...(body['volumes'] !== undefined && { volumes: [{ id: VOLUME.id }] }),
    ...(body['readiness'] !== undefined && {
      readiness: {
        ...(body['readiness'] as Body),
        ...('initialDelaySeconds' in (body['readiness'] as Body) && { initialDelaySeconds: 5 }),
        ...('readyWithinSeconds' in (body['readiness'] as Body) && { readyWithinSeconds: 6 }),
        ...('probes' in (body['readiness'] as Body) && { probes: probes.filter((probe) => probe !== null) as Json }),
      },
    }),
  };
};

const RESERVED_PORTS = new Set<Json | undefined>([2222, 2223, 2224]);
const objects = (value: Json | undefined): Body[] => (value ?? []) as Body[];
const uniqueBy = (items: Body[], key: string): Body[] => [...new Map(items.map((item) => [item[key], item])).values()];
const given = (fields: Record<string, Json | undefined>): Body =>
  Object.fromEntries(Object.entries(fields).filter((entry): entry is [string, Json] => entry[1] !== undefined));

/** Fields that an answer shows because of chance and time, and not because of the body. */
const SEEN_ONLY = [
  ...['id', 'name', 'url', 'createdAt', 'updatedAt', 'key', 'previousValidUntil'],
  ...['secret', 'previousSecretValidUntil', 'health', 'deliveries', 'lastEvent', 'lastEventAt', 'isMore'],
];

describe('the body of a request', () => {
  const document = ApiDocument.load();
  const withBody = document.operations.filter(({ requestBody }) => requestBody);
  const schemaOf = ({ requestBody }: Operation): Schema => requestBody?.content['application/json']?.schema ?? {};
  let app: RunningApp;
  let owner: ApiClient;
  let keyId = '';
  let projectId = '';
  let webhookId = '';
  let database: pg.Pool;
  let made = 0;

  beforeAll(async () => {
    app = await startApp({
      novita: { storages: [VOLUME] },
      config: { instances: { createsEnabled: false }, webhooks: { maxEndpoints: 1_000 } },
    });
    database = new pg.Pool({ connectionString: app.databaseUrl });
    ({ owner } = await closeBy(app.url));
    const { body } = await owner.request<{ id: string }>('POST', '/api/keys', { name: 'one', scopes: ['keys:write'] });
    keyId = body.id;
    const project = await owner.request<{ id: string }>('POST', '/api/projects', { name: 'changes' });
    projectId = project.body.id;
    await database.query(
      `INSERT INTO plans VALUES ($1, 'prj_00000000000000000000000000', 900000000, now(), now() + interval '1 day')`,
      [PLAN_ID],
    );
    await owner.request('POST', '/api/instances', { name: 'changed', productName: 'RTX 4090', templateId: '104002' });
    // paused: nothing is sent
    const url = 'https://hooks.example.com/';
    const webhook = await owner.request<{ id: string }>('POST', '/api/webhooks', { url });
    webhookId = webhook.body.id;
    await owner.request('PATCH', `/api/webhooks/${webhookId}`, { state: 'paused' });
  });
  afterAll(async () => {
    await database.end();
    await app.stop();
  });

  const send = async ({ method, path }: Operation, body: Json) => {
    const answer = await owner.request<Body & { errors?: { pointer: string; detail: string }[] }>(
      method,
      path
        .replace('{id}', keyId)
        .replace('{project}', projectId)
        .replace('{webhook}', webhookId)
        .replace('{instance}', 'changed'),
      JSON.stringify(body),
      { 'content-type': 'application/json' },
    );
    return { status: answer.status, body: answer.body };
  };

  const bodiesOf = (operation: Operation): fc.Arbitrary<Body> =>
    arbitraryOf(document, schemaOf(operation)).map((body) => {
      const makeSense = MAKE_SENSE[operation.operationId];
      if (!makeSense) throw new Error(`say in MAKE_SENSE what a body of ${operation.operationId} has to mean`);
      return makeSense(body as Body, ++made);
    });

  const written = async (): Promise<unknown> =>
    (
      await database.query(
        'SELECT (SELECT count(*) FROM instances) + (SELECT count(*) FROM idempotency_keys) + (SELECT count(*) FROM api_keys) + (SELECT count(*) FROM projects) + (SELECT count(*) FROM webhook_endpoints) AS rows',
      )
    ).rows;

  it.each(withBody.map((operation) => [operation.operationId, operation] as const))(
    'of %s is taken when it is whole, and null means not given',
    async (_id, operation) => {
      await fc.assert(
        fc.asyncProperty(bodiesOf(operation), async (body) => {
          const whole = await send(operation, body);
          expect(Object.keys(operation.responses).filter((status) => status.startsWith('2'))).toEqual([
            `${whole.status}`,
          ]);
          const again = withNulls(document, schemaOf(operation), body) as Body;
          if ('name' in again) again['name'] = `n${++made}`;
          if (operation.operationId === 'createWebhook') again['url'] = `https://hooks.example.com/${++made}`;
          const nulled = await send(operation, again);
          expect(nulled.status).toBe(whole.status);
          // to a merge patch null says something: the field is cleared
          if (operation.operationId === 'updateInstance') return;
          const seenOnly = operation.operationId === 'createPlan' ? [...SEEN_ONLY, 'expiresAt'] : SEEN_ONLY;
          expect(without(nulled.body, seenOnly)).toEqual(without(whole.body, seenOnly));
        }),
        { numRuns: 30 },
      );
    },
  );

  it.each(withBody.map((operation) => [operation.operationId, operation] as const))(
    'of %s is refused with a pointer to the place where it is broken, and nothing is written',
    async (_id, operation) => {
      const before = await written();
      const broken = bodiesOf(operation).chain((body) => {
        const breakages = breakagesOf(document, schemaOf(operation), body);
        return fc.subarray(breakages, { minLength: Math.min(breakages.length, 10), maxLength: 10 });
      });
      await fc.assert(
        fc.asyncProperty(broken, async (bodies) => {
          for (const { what, pointer, body } of bodies) {
            const answer = await send(operation, body);
            expect(answer, what).toMatchObject({ status: 400, body: { code: 'VALIDATION_ERROR' } });
            const errors = answer.body.errors ?? [];
            expect(
              errors.map((error) => error.pointer),
              `${what} at ${pointer}`,
            ).toEqual([pointer]);
            expect(errors[0]?.detail, `${what} at ${pointer}`).toMatch(
              /must|required|not a known field|at least|at most/,
            );
          }
        }),
        { numRuns: 40 },
      );
      expect(await written()).toEqual(before);
    },
  );
});

describe('a parameter of a query', () => {
  const document = ApiDocument.load();
  const parameters = document.operations.flatMap((operation) =>
    (operation.parameters ?? [])
      .filter((parameter) => parameter.in === 'query')
      .map((parameter) => ({ ...parameter, operation, title: `${operation.operationId} ${parameter.name}` })),
  );
  let app: RunningApp;
  beforeAll(async () => {
    app = await startApp({ config: { instances: { createsEnabled: false } } });
    await app.api.create({ name: 'one' });
  });
  afterAll(() => app.stop());

  const pointersOf = async (operation: Operation, query: string): Promise<string[]> => {
    const path = operation.path.replace(/\{\w+\}/, 'one');
    const answer = await app.api.request<{ code: string; errors: { pointer: string }[] }>('GET', `${path}?${query}`);
    expect(answer).toMatchObject({ status: 400, body: { code: 'VALIDATION_ERROR' } });
    return answer.body.errors.map(({ pointer }) => pointer);
  };

  it.each(parameters.filter(({ schema }) => document.schema(schema).type !== 'array'))(
    'that has one value is refused when it is given twice: $title',
    async ({ name, operation, schema }) => {
      const shown = document.exampleOf(schema) ?? document.schema(schema).enum?.[0] ?? 'a';
      const value = typeof shown === 'string' ? shown : JSON.stringify(shown);
      expect(await pointersOf(operation, `${name}=${value}&${name}=${value}`)).toEqual([`?${name}`]);
    },
  );

  it.each(parameters)('is refused when it is given as an object: $title', async ({ name, operation }) => {
    expect(await pointersOf(operation, `${name}[a]=1`)).toEqual([`?${name}[a]`]);
    expect(await pointersOf(operation, `${name}.a=1`)).toEqual([`?${name}.a`]);
  });

  it.each(parameters.filter(({ schema }) => document.schema(schema).type === 'integer'))(
    'that is a number is refused when it is not written in digits: $title',
    async ({ name, operation }) => {
      for (const text of ['', '%201', '1e1', '0x1', '+1', '1.0', 'one', '%D9%A1']) {
        expect(await pointersOf(operation, `${name}=${text}`), text).toEqual([`?${name}`]);
      }
    },
  );
});

describe('an instance that an earlier release stored', () => {
  it('with `region: null` and lists in lists becomes ready, although every look at it threw', async () => {
    const novita = await NovitaSimulator.start(QUICK);
    const database = await createTestDatabase();
    const unable = await serveApp(novita, database.url, { instances: { createsEnabled: false } });
    const { id } = (await unable.api.create({ name: 'earlier' })).body;
    await unable.close();
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query(
      `UPDATE instances SET spec = jsonb_set(spec || '{"regions": [null]}', '{readiness,probes}', '[{}]') WHERE id = $1`,
      [id],
    );
    await client.end();
    const service = await serveApp(novita, database.url);
    expect(await service.api.until(id, 'ready')).toMatchObject({ regions: [] });
    await service.close();
    await database.drop();
    await novita.stop();
  });
});

const without = (body: Body, names: string[]): Body =>
  Object.fromEntries(Object.entries(body).filter(([name]) => !names.includes(name)));
