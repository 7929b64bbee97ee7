import type { ServerResponse } from 'node:http';
import { inspect } from 'node:util';
import { HttpModule, HttpService } from '@nestjs/axios';
import { Global, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { register } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import { NovitaApiConfig, Secret } from '../../src/config/config.js';
import { DATABASE } from '../../src/database/database.module.js';
import { createDatabase, createPool } from '../../src/database/pool.js';
import { HttpNovitaClient } from '../../src/novita-api/http-novita-client.js';
import { CallRecord } from '../../src/novita-api/call-record.js';
import { NovitaApiModule, novitaClientFor } from '../../src/novita-api/novita-api.module.js';
import type { NovitaCall } from '../../src/novita-api/novita-calls.js';
import { type CreateMachine, NOVITA_CLIENT, NovitaUnavailable } from '../../src/novita-api/novita-client.js';
import { CLOCK, type Clock, systemClock } from '../../src/time/clock.js';
import { RANDOM } from '../../src/time/ids.js';
import { always, replyJson, type Reply, type ScriptedServer, startScriptedServer } from '../support/scripted-server.js';
import { createTestDatabase } from '../support/test-database.js';

const KEY = 'sk_test_never_to_be_seen_anywhere';
const ID = '79485daa470d8d6d';
const MACHINE = { id: ID, name: 'm', status: 'running' };
const REQUEST: CreateMachine = {
  name: 'nvt-dep-ulid-1-mac',
  productId: '4090.16c62g',
  clusterId: 'us-ca-6',
  gpuNum: 1,
  rootfsSizeGb: 60,
  billingMode: 'spot',
  image: 'docker.io/example/comfyui:1.4',
  registryAuthId: '1203',
  ports: [
    { port: 8188, protocol: 'http' },
    { port: 22, protocol: 'tcp' },
  ],
  volumes: [],
  envs: [{ key: 'NOVITAI_TAG', value: 'nvt-dep-ulid-1-mac' }],
  command: 'serve',
  entrypoint: null,
  minCudaVersion: null,
};

const ended: (() => unknown)[] = [];
afterEach(async () => {
  await Promise.all(ended.splice(0).map((end) => end()));
});

interface World {
  client: HttpNovitaClient;
  server: ScriptedServer;
  calls: NovitaCall[];
}

/** A client with a server that does as told. Jitter is zero, so that a retry comes at once unless it was told to wait. */
async function world(
  reply: Reply,
  { clock = systemClock, ...config }: { requestsPerMinute?: number; timeoutMs?: number; clock?: Clock } = {},
): Promise<World> {
  const server = await startScriptedServer(reply);
  const calls: NovitaCall[] = [];
  const client = novitaClientFor(
    new HttpService(),
    { apiKey: new Secret(KEY), baseUrl: server.url, requestsPerMinute: 1000, timeoutMs: 60_000, ...config },
    clock,
    () => 0,
    { onCall: (call) => calls.push(call) },
  );
  ended.push(() => {
    client.onApplicationShutdown();
    return server.close();
  });
  return { client, server, calls };
}

/** One reply after the other; the last one for ever. */
const inTurn = (...replies: ((response: ServerResponse) => void)[]): Reply => {
  return (_request, response, index) => replies[Math.min(index, replies.length - 1)]?.(response);
};
const json =
  (status: number, body: unknown, headers: object = {}) =>
  (response: ServerResponse): void => {
    replyJson(response, status, body, headers);
  };
const text =
  (status: number, body: string) =>
  (response: ServerResponse): void => {
    response.writeHead(status, { 'content-type': 'text/html' }).end(body);
  };
const reset = (response: ServerResponse): void => {
  response.socket?.resetAndDestroy();
};
const hang = (): void => undefined;
const novitaError = (code: number, reason: string): object => ({ code, reason, message: 'a sentence', metadata: {} });

async function unavailable(reading: Promise<unknown>): Promise<NovitaUnavailable> {
  const error: unknown = await reading.then(
    (value) => expect.fail(`answered ${inspect(value)}`),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(NovitaUnavailable);
  expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(KEY);
  return error as NovitaUnavailable;
}

describe('a read', () => {
  it.each([
    ['a reset', reset],
    ['a 429', json(429, novitaError(429, 'RATE_LIMIT_EXCEEDED'))],
    ['a 500', json(500, novitaError(500, 'UNKNOWN'))],
    ['a page of a gateway', text(502, '<h1>Bad Gateway</h1>')],
    [
      'an answer that breaks off',
      (response: ServerResponse) => response.writeHead(200, { 'content-length': '9' }).write('{') && response.destroy(),
    ],
  ])('is tried again after %s, and again', async (_what, trouble) => {
    const { client, server } = await world(inTurn(trouble, trouble, json(200, MACHINE)));
    expect(await client.lookAtMachine(ID)).toMatchObject({ kind: 'seen', machine: { machineId: ID } });
    expect(server.requests).toHaveLength(3);
  });

  it('gives up after three tries', async () => {
    const { client, server } = await world(always(503, {}));
    expect((await unavailable(client.lookAtMachine(ID))).why).toBe('server-error');
    expect(server.requests).toHaveLength(3);
  });

  it('tries once more when the first try hangs', async () => {
    const { client } = await world(inTurn(hang, json(200, MACHINE)), { timeoutMs: 20_000 });
    expect((await client.lookAtMachine(ID)).kind).toBe('seen');
  });

  it('gives up when every try hangs', async () => {
    const { client, server } = await world(hang, { timeoutMs: 600 });
    expect((await unavailable(client.lookAtMachine(ID))).why).toBe('timeout');
    expect(server.requests.length).toBeGreaterThanOrEqual(1);
  });

  it('does not try again when the deadline of all tries is over', async () => {
    let ms = 0;
    const clock: Clock = { now: () => new Date(), monotonicMs: () => ms };
    const late = (response: ServerResponse): void => {
      ms += 3_000;
      reset(response);
    };
    const { client, server } = await world(inTurn(late), { timeoutMs: 5_000, clock });
    expect((await unavailable(client.lookAtMachine(ID))).why).toBe('network');
    expect(server.requests).toHaveLength(2);
  });

  it('waits as long as it is told to: its next try is not refused for the pause that Novita asked for', async () => {
    const { client, server } = await world(inTurn(json(429, {}, { 'retry-after': '1' }), json(200, MACHINE)));
    expect((await client.lookAtMachine(ID)).kind).toBe('seen');
    expect(server.requests).toHaveLength(2);
  });

  it('hands the wait on when it is longer than its deadline', async () => {
    const { client, server } = await world(always(503, {}, { 'retry-after': '90' }), { timeoutMs: 60_000 });
    expect(await unavailable(client.lookAtMachine(ID))).toMatchObject({ why: 'server-error', retryAfterSeconds: 90 });
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    [401, novitaError(401, 'UNAUTHORIZED'), 'unauthorized'],
    [403, novitaError(403, 'INVALID_API_KEY'), 'unauthorized'],
    [403, '<html>blocked</html>', 'unauthorized'],
    [400, novitaError(400, 'VALIDATOR_PARAM'), 'refused'],
    [404, '<html>no such page</html>', 'unreadable'],
    [404, { message: 'no Route matched' }, 'unreadable'],
    [400, {}, 'unreadable'],
    [302, {}, 'unreadable'],
    [200, 'OK', 'unreadable'],
    [200, {}, 'unreadable'],
    [200, { ...MACHINE, id: 'another' }, 'unreadable'],
    [200, novitaError(400, 'RESOURCE_NOT_FOUND'), 'unreadable'],
  ])('does not try again after %i %j: %s', async (status, body, why) => {
    const { client, server } = await world(inTurn(typeof body === 'string' ? text(status, body) : json(status, body)));
    expect((await unavailable(client.lookAtMachine(ID))).why).toBe(why);
    expect(server.requests).toHaveLength(1);
  });

  it.each([404, 400])('takes %i RESOURCE_NOT_FOUND for a machine that is not there', async (status) => {
    const { client } = await world(always(status, novitaError(status, 'RESOURCE_NOT_FOUND')));
    expect(await client.lookAtMachine(ID)).toEqual({ kind: 'missing' });
  });

  it('says why it failed without saying what it sent', async () => {
    const { client } = await world(always(400, { code: 400, reason: 'VALIDATOR_PARAM', message: 'it repeats' }));
    expect((await unavailable(client.lookAtMachine(ID))).message).toBe('look: HTTP 400 VALIDATOR_PARAM');
    const { client: lost } = await world(inTurn(reset));
    expect((await unavailable(lost.lookAtMachine(ID))).message).toBe('look: network (ECONNRESET)');
  });

  it('costs one token of the budget for every try, and stops when there is none', async () => {
    const { client, server } = await world(always(503, {}), { requestsPerMinute: 5 });
    await unavailable(client.lookAtMachine(ID));
    expect((await client.budget('read')).available).toBe(1);
    expect(await unavailable(client.lookAtMachine(ID))).toMatchObject({ why: 'budget' });
    const last = await unavailable(client.lookAtMachine(ID));
    expect(last.why).toBe('budget');
    expect(last.retryAfterSeconds).toBeGreaterThan(50);
    expect(server.requests).toHaveLength(4);
  });
});

describe('a change', () => {
  it('sends a create as Novita wants it, once', async () => {
    const { client, server } = await world(always(200, { id: ID }));
    expect(await client.createMachine(REQUEST)).toEqual({ kind: 'accepted', machineId: ID });
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]).toMatchObject({ method: 'POST', url: '/v1/gpu/instance/create' });
    expect(JSON.parse(server.requests[0]?.body ?? '')).toEqual({
      name: 'nvt-dep-ulid-1-mac',
      productId: '4090.16c62g',
      clusterId: 'us-ca-6',
      gpuNum: 1,
      rootfsSize: 60,
      imageUrl: 'docker.io/example/comfyui:1.4',
      imageAuthId: '1203',
      ports: '8188/http, 22/tcp',
      envs: [{ key: 'NOVITAI_TAG', value: 'nvt-dep-ulid-1-mac' }],
      command: 'serve',
      kind: 'gpu',
      billingMode: 'spot',
    });
  });

  it.each([
    ['a reset', reset],
    ['a 503', json(503, {}, { 'retry-after': '0' })],
    ['a 429 of a proxy', text(429, 'slow down')],
    ['silence', hang],
  ])('is never sent twice, not even after %s', async (_what, trouble) => {
    const { client, server } = await world(trouble === hang ? hang : inTurn(trouble), { timeoutMs: 300 });
    expect((await client.createMachine(REQUEST)).kind).toBe('ambiguous');
    expect((await client.restartMachine(ID)).kind).toBe('ambiguous');
    expect(server.requests).toHaveLength(2);
  });

  it.each(['start', 'stop', 'restart', 'delete'] as const)('names the machine to %s in its body', async (action) => {
    const { client, server } = await world(always(200, {}));
    expect(await client[`${action}Machine`](ID)).toEqual({ kind: 'acknowledged' });
    expect(server.requests).toMatchObject([{ url: `/v1/gpu/instance/${action}`, body: `{"instanceId":"${ID}"}` }]);
  });

  it('does not throw when nothing listens', async () => {
    const { client, server } = await world(always(200, {}));
    await server.close();
    expect(await client.createMachine(REQUEST)).toEqual({ kind: 'not-sent', why: 'network (ECONNREFUSED)' });
    expect(await client.deleteMachine(ID)).toEqual({ kind: 'not-sent', why: 'network (ECONNREFUSED)' });
  });

  it('is not sent without budget, but stop and delete still are', async () => {
    const { client, server } = await world(always(200, MACHINE), { requestsPerMinute: 10 });
    for (let look = 0; look < 8; look++) await client.lookAtMachine(ID);
    expect(await client.createMachine(REQUEST)).toEqual({ kind: 'not-sent', why: 'the request budget is used up' });
    expect((await client.startMachine(ID)).kind).toBe('not-sent');
    expect((await client.stopMachine(ID)).kind).toBe('acknowledged');
    expect((await client.deleteMachine(ID)).kind).toBe('acknowledged');
    expect((await client.deleteMachine(ID)).kind).toBe('not-sent');
    expect(server.requests).toHaveLength(10);
  });
});

describe('listing machines', () => {
  const page = (count: number, total: number, from = 0): object => ({
    instances: Array.from({ length: count }, (_, index) => ({ ...MACHINE, id: `m${from + index}` })),
    total,
  });

  it('costs one request for a fleet of one page', async () => {
    const { client, server } = await world(always(200, page(100, 100)));
    expect(await client.listMachines()).toMatchObject({ complete: true, requests: 1 });
    expect(server.requests).toMatchObject([{ url: '/v1/gpu/instances?pageNum=0&pageSize=200' }]);
  });

  it.each([
    ['refuses', json(400, novitaError(400, 'VALIDATOR_PARAM'))],
    ['cannot answer readably', text(200, `{"instances": ["${'x'.repeat(9 * 1024 * 1024)}"]}`)],
  ])('asks for half a page when Novita %s the whole, and keeps to what worked', async (_, answer) => {
    const { client, server } = await world(inTurn(answer, answer, json(200, page(3, 3))));
    expect(await client.listMachines()).toMatchObject({ complete: true, requests: 1 });
    await client.listMachines();
    const sizes = server.requests.map(({ url }) => /pageSize=(\d+)/.exec(url)?.[1]);
    expect(sizes).toEqual(['200', '100', '50', '50']);
  });

  it('keeps a removed machine in the list', async () => {
    const { client } = await world(always(200, { instances: [{ ...MACHINE, status: 'removed' }], total: 1 }));
    expect((await client.listMachines()).machines).toMatchObject([{ state: 'removed' }]);
  });

  it('skips a row that it cannot read, and says that the list is not complete', async () => {
    const { client, server } = await world(always(200, { instances: [MACHINE, { status: 'running' }], total: 2 }));
    expect(await client.listMachines()).toMatchObject({ complete: false, machines: [{ machineId: ID }] });
    expect(server.requests).toHaveLength(1);
  });

  it.each([404, 400])('proves nothing by %i RESOURCE_NOT_FOUND', async (status) => {
    const { client } = await world(always(status, novitaError(status, 'RESOURCE_NOT_FOUND')));
    expect(await client.listMachines()).toEqual({
      machines: [],
      complete: false,
      total: null,
      saysNone: true,
      requests: 1,
    });
  });

  it.each([
    [404, '<html>', 'unreadable'],
    [200, '', 'unreadable'],
    [200, '{}', 'unreadable'],
    [200, '[]', 'unreadable'],
    [401, '', 'unauthorized'],
  ])('fails on %i %j', async (status, body, why) => {
    const { client } = await world(inTurn(text(status, body)));
    expect((await unavailable(client.listMachines())).why).toBe(why);
  });

  it('fails as a whole when a later page does', async () => {
    const { client } = await world(inTurn(json(200, page(100, 200)), json(403, {})));
    expect((await unavailable(client.listMachines())).why).toBe('unauthorized');
  });

  it('fails when the budget runs dry on the way', async () => {
    const endless: Reply = (_request, response, index) => {
      replyJson(response, 200, page(100, 100_000, index * 100));
    };
    const { client, server } = await world(endless, { requestsPerMinute: 10 });
    expect(await unavailable(client.listMachines())).toMatchObject({ why: 'budget', pagesRead: 8 });
    expect(server.requests).toHaveLength(8);
  });

  it('reads pages far beyond the cap of small answers', async () => {
    const envs = Array.from({ length: 100 }, (_, index) => ({ key: `K${index}`, value: 'v'.repeat(100) }));
    const instances = Array.from({ length: 100 }, (_, index) => ({ ...MACHINE, id: `m${index}`, envs }));
    const { client } = await world(always(200, { instances, total: '100' }));
    expect(JSON.stringify(instances).length).toBeGreaterThan(1024 * 1024);
    expect(await client.listMachines()).toMatchObject({ complete: true, requests: 1 });
  });
});

describe('the catalogue', () => {
  it('asks for products in one billing mode and GPU count', async () => {
    const { client, server } = await world(always(200, { data: [{ id: 'p1', price: '5' }] }));
    expect(await client.listProducts({ billingMode: 'spot', gpuNum: 2 })).toMatchObject([{ productId: 'p1' }]);
    await client.listProducts({ billingMode: 'onDemand' });
    expect(server.requests.map(({ url }) => url)).toEqual([
      '/v1/products?billingMethod=spot&gpuNum=2',
      '/v1/products?billingMethod=onDemand',
    ]);
  });

  it('walks the templates of both channels and gives each once', async () => {
    const { client, server } = await world(({ url }, response) => {
      const query = new URL(url, 'http://host').searchParams;
      const own = { Id: '1', image: 'a', channel: query.get('channel') };
      const shared = { Id: '2', image: 'b', channel: 'official' };
      replyJson(response, 200, { template: [query.get('channel') === 'private' ? own : shared, shared], total: '1' });
    });
    expect((await client.listTemplates()).map(({ templateId }) => templateId).sort()).toEqual(['1', '2']);
    expect(server.requests.map(({ url }) => url)).toEqual([
      '/v1/templates?channel=official&isMyCommunity=false&type=instance&pageNum=0&pageSize=200',
      '/v1/templates?channel=private&isMyCommunity=true&type=instance&pageNum=0&pageSize=200',
    ]);
  });

  it.each([
    [400, 'TEMPLATE_NOT_FOUND'],
    [404, 'RESOURCE_NOT_FOUND'],
    [400, 'TEMPLATE_IS_PRIVATE'],
  ])('has no template under %i %s', async (status, reason) => {
    const { client } = await world(always(status, novitaError(status, reason)));
    expect(await client.getTemplate('1')).toBeNull();
  });

  it('does not offer a template that it cannot read whole', async () => {
    const { client } = await world(always(200, { template: { Id: '1', image: 'a', startCommand: 'x'.repeat(2048) } }));
    expect((await unavailable(client.getTemplate('1'))).why).toBe('unreadable');
  });
});

describe('whoever counts calls', () => {
  it('is told every HTTP request and every refusal of the budget', async () => {
    const { client, calls } = await world(inTurn(json(503, {}), json(200, MACHINE), reset), { requestsPerMinute: 4 });
    await client.lookAtMachine(ID);
    await client.createMachine(REQUEST);
    await client.createMachine(REQUEST);
    expect(calls).toEqual([
      { operation: 'look', outcome: 'answered', httpStatus: 503, ms: expect.any(Number) as number },
      { operation: 'look', outcome: 'answered', httpStatus: 200, ms: expect.any(Number) as number },
      { operation: 'create', outcome: 'network', httpStatus: null, ms: expect.any(Number) as number },
      { operation: 'create', outcome: 'budget', httpStatus: null, ms: 0 },
    ]);
  });

  it('cannot turn a machine that was bought into an error', async () => {
    const server = await startScriptedServer(always(200, { id: ID }));
    const client = novitaClientFor(
      new HttpService(),
      { apiKey: new Secret(KEY), baseUrl: server.url, requestsPerMinute: 10, timeoutMs: 60_000 },
      systemClock,
      () => 0,
      {
        onCall: () => {
          throw new Error('full');
        },
      },
    );
    ended.push(() => server.close());
    expect(await client.createMachine(REQUEST)).toEqual({ kind: 'accepted', machineId: ID });
  });
});

describe('NovitaApiModule', () => {
  it('gives the house one client, counted by the database and by metrics, and recorded for the health check', async () => {
    const server = await startScriptedServer(always(200, { data: [] }));
    ended.push(() => server.close());
    const testDatabase = await createTestDatabase();
    const database = createDatabase(
      createPool({ url: testDatabase.url, maxConnections: 2, onIdleError: () => undefined }),
    );
    ended.push(() => database.destroy().then(() => testDatabase.drop()));
    const config = { apiKey: new Secret(KEY), baseUrl: server.url, requestsPerMinute: 10, timeoutMs: 60_000 };
    const given = [
      { provide: NovitaApiConfig, useValue: config },
      { provide: DATABASE, useValue: database },
      { provide: CLOCK, useValue: systemClock },
      { provide: RANDOM, useValue: () => 0 },
    ];
    @Global()
    @Module({ providers: given, exports: given.map(({ provide }) => provide) })
    class GivenModule {}
    @Module({ imports: [GivenModule, HttpModule, NovitaApiModule] })
    class HouseModule {}

    const app = await NestFactory.createApplicationContext(HouseModule, { logger: false });
    const client = app.get<HttpNovitaClient>(NOVITA_CLIENT);
    expect(await client.listClusters()).toEqual([]);
    expect(app.get(CallRecord).lastAnswerAt).not.toBeNull();
    expect(await client.budget('read')).toEqual({ available: 7, nextInMs: 0 });
    const rows = await database.selectFrom('novita_request_slots').selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain(KEY);
    expect(await register.metrics()).toContain('novita_requests_total{operation="list-clusters",outcome="2xx"} 1\n');
    expect(await register.metrics()).toContain('novita_circuit_open{kind="release"} 0\n');
    await app.close();
  });
});
