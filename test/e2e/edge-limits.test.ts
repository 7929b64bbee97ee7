/** What the edge holds clients and web pages to: requests at the same time, an overloaded event loop, CORS, headers. */
import { pbkdf2Sync } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createApp } from '../../src/app.setup.js';
import { leaveInFlight, LONG_LIVED } from '../../src/http/requests-in-flight.js';
import { eventually } from '../support/eventually.js';
import { closeBy } from '../support/owner-key.js';
import { testConfig, type ConfigChanges } from '../support/test-config.js';
import { createTestDatabase } from '../support/test-database.js';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const serve = async (changes: ConfigChanges, addRoutes: (fastify: FastifyInstance) => void = () => undefined) => {
  const database = await createTestDatabase();
  ends.push(() => database.drop());
  const app = await createApp(testConfig(database.url, changes));
  addRoutes(app.getHttpAdapter().getInstance());
  await app.listen(0, '127.0.0.1');
  ends.push(() => app.close());
  return `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
};

describe('requests of one client at the same time', () => {
  it('are served up to the limit; waits, streams and probes do not count', async () => {
    const held: FastifyReply[] = [];
    const hold = (_request: FastifyRequest, reply: FastifyReply): void => void held.push(reply);
    const url = await serve({ access: { maxInFlight: 2 } }, (fastify) => {
      fastify.get('/held', hold);
      fastify.get('/streams', { config: LONG_LIVED }, hold);
      fastify.get('/waits', (request, reply) => {
        leaveInFlight(request);
        hold(request, reply);
      });
    });
    const status = async (path: string): Promise<number> => (await fetch(url + path)).status;
    const open = async (path: string): Promise<http.ClientRequest> => {
      const before = held.length;
      const request = http.get(url + path, { agent: false });
      request.on('error', () => undefined);
      await eventually(`${path} is held`, () => held.length > before);
      return request;
    };
    for (const path of ['/streams', '/waits', '/streams', '/waits']) await open(path);
    expect(await status('/api/instances')).toBe(200);
    const first = await open('/held');
    await open('/held');
    const refused = await fetch(`${url}/api/instances`);
    expect(await refused.json()).toMatchObject({ code: 'TOO_MANY_IN_FLIGHT', retryable: true, status: 429 });
    expect(refused.headers.get('retry-after')).toBe('1');
    for (const path of ['/health/live', '/health/ready', '/metrics', '/docs-json'])
      expect(await status(path)).toBe(200);
    await open('/streams');
    // one of them gives up
    first.destroy();
    await eventually('there is room again', async () => (await status('/api/instances')) === 200);
    await open('/held');
    expect(await status('/api/instances')).toBe(429);
    // the two of them are answered
    for (const reply of held) if (!reply.raw.destroyed) void reply.send('at last');
    await eventually('there is room again', async () => (await status('/api/instances')) === 200);
  });
});

describe('an event loop that is late', () => {
  it('refuses all but the monitoring until it has recovered', async () => {
    const url = await serve({ server: { maxEventLoopDelayMs: 100 } });
    const ask = (path: string): Promise<Response> => fetch(url + path);
    let isBusy = true;
    const keepBusy = async (): Promise<void> => {
      while (isBusy) {
        // the whole process stands still, for a few hundred milliseconds
        pbkdf2Sync('a', 'b', 300_000, 64, 'sha512');
        expect((await ask('/health/live')).status).toBe(200);
      }
    };
    const busy = keepBusy();
    const refused = await eventually('a request is refused', async () => {
      const answer = await ask('/api/instances');
      return answer.status === 503 && answer;
    });
    expect(refused.headers.get('retry-after')).toBe('2');
    expect(await refused.json()).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    for (const path of ['/health/ready', '/health', '/metrics']) expect((await ask(path)).status).toBe(200);
    isBusy = false;
    await busy;
    await eventually('requests are served again', async () => (await ask('/api/instances')).status === 200);
  });
});

describe('a page of another origin', () => {
  const OURS = 'https://console.example';
  const FOREIGN = 'https://evil.example';
  const preflight = (origin: string) => ({
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type,idempotency-key',
    },
  });
  /** By node:http, since fetch refuses to send an Origin of its own. */
  const ask = async (
    url: string,
    { method, headers }: { method: string; headers: Record<string, string> },
    body?: string,
  ) => {
    const request = http.request(url, { method, headers, agent: false });
    request.end(body);
    const [answer] = (await once(request, 'response')) as [http.IncomingMessage];
    answer.resume();
    await once(answer, 'end');
    const { 'access-control-allow-origin': allowed, 'access-control-allow-headers': sent } = answer.headers;
    expect(answer.headers).not.toHaveProperty('access-control-allow-credentials');
    return { status: answer.statusCode, allowed, sent, vary: answer.headers.vary };
  };

  it('calls the API when it is listed, by its key and not without', async () => {
    const url = await serve({ server: { corsOrigins: [OURS] } });
    const { key } = await closeBy(url);
    const authorization = `Bearer ${key}`;
    const keys = `${url}/api/keys`;
    const asked = await ask(keys, preflight(OURS));
    expect(asked).toMatchObject({ status: 204, allowed: OURS, vary: 'Origin' });
    expect(asked.sent).toContain('authorization');
    expect(asked.sent).toContain('idempotency-key');
    expect(await ask(keys, { method: 'GET', headers: { origin: OURS } })).toMatchObject({ status: 401, allowed: OURS });
    const make = (origin: string, name: string) =>
      ask(
        keys,
        {
          method: 'POST',
          headers: { origin, authorization, 'sec-fetch-site': 'cross-site', 'content-type': 'application/json' },
        },
        JSON.stringify({ name, scopes: ['instances:read'] }),
      );
    expect(await make(OURS, 'by-console')).toMatchObject({ status: 201, allowed: OURS });
    // not listed: as if there were no CORS
    expect(await ask(keys, preflight(FOREIGN))).toMatchObject({ status: 401, allowed: undefined });
    expect(await make(FOREIGN, 'by-stranger')).toMatchObject({ status: 403, allowed: undefined });
    expect(await ask(keys, { method: 'GET', headers: { origin: FOREIGN, authorization } })).toMatchObject({
      status: 200,
      allowed: undefined,
    });
  });

  it('gets no header of CORS when none is listed', async () => {
    const url = await serve({});
    expect(await ask(`${url}/api/keys`, preflight(OURS))).toMatchObject({ allowed: undefined, vary: undefined });
    expect(await ask(`${url}/api/keys`, { method: 'GET', headers: { origin: OURS } })).toMatchObject({
      status: 200,
      allowed: undefined,
    });
  });
});

it('tells browsers to stay with HTTPS when a trusted proxy was asked by it, and never otherwise', async () => {
  const header = async (url: string, proto: string): Promise<string | null> =>
    (await fetch(`${url}/health/live`, { headers: { 'x-forwarded-proto': proto } })).headers.get(
      'strict-transport-security',
    );
  const trusting = await serve({ server: { trustProxy: ['127.0.0.1'] } });
  expect(await header(trusting, 'https')).toBe('max-age=31536000');
  expect(await header(trusting, 'http')).toBeNull();
  expect(await header(await serve({}), 'https')).toBeNull();
});
