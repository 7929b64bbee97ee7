/** A real PostgreSQL that is stopped and not dead: nothing that a caller asks for waits for it for long. */
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { sql } from 'kysely';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DATABASE } from '../../src/database/database.module.js';
import { EmbeddedServer } from '../../src/database/embedded-server.js';
import type { Database } from '../../src/database/pool.js';
import { NovitaSimulator } from '../novita-simulator/novita-simulator.js';
import { ApiClient } from '../support/api-client.js';
import { eventually } from '../support/eventually.js';
import { FrozenPostgres } from '../support/frozen-postgres.js';
import { send, type RawAnswer } from '../support/raw-http.js';
import { registeredRoutes, samplePath, type RegisteredRoute } from '../support/registered-routes.js';
import { QUICK } from '../support/running-app.js';
import { startService } from '../support/service-in-process.js';

const CREATE = {
  name: 'wanted-in-silence',
  productName: 'RTX 4090 24GB',
  image: 'example/workload:1',
  ports: [],
  billingMode: 'spot',
};

/** Asked so that it goes as far as it can: with an instance, a job and a body that exist or might. */
const requestTo = (route: RegisteredRoute, jobId: string) => ({
  method: route.method,
  path: samplePath(route).replace('/instances/sample', '/instances/one').replace('/jobs/sample', `/jobs/${jobId}`),
  ...(route.method === 'POST' &&
    route.path === '/api/instances' && {
      headers: { 'content-type': 'application/json', 'idempotency-key': 'asked-in-silence' },
      body: JSON.stringify(CREATE),
    }),
});

let novita: NovitaSimulator;
let dataDir: string;
let server: EmbeddedServer;
let app: NestFastifyApplication;
let port: number;

beforeAll(async () => {
  novita = await NovitaSimulator.start(QUICK);
  dataDir = await mkdtemp(path.join(tmpdir(), 'novitai-silent-'));
  server = await EmbeddedServer.start({ dataDir, settings: { fsync: 'off', full_page_writes: 'off' } });
  ({ app, port } = await startService(server.url, {
    novitaApi: { baseUrl: novita.baseUrl },
    instances: { probeAllowAddresses: ['127.0.0.1'] },
  }));
});
afterAll(async () => {
  await app.close();
  await server.stop();
  await rm(dataDir, { recursive: true, force: true });
  await novita.stop();
});

const aJob = async (): Promise<string> => {
  const { json } = await send(port, { path: '/api/jobs?limit=1' });
  return (json as { data: { id: string }[] }).data[0]?.id ?? '';
};

/** A statement that nobody bounds but the pool. The connection is open before, so that its wait begins with the silence. */
const unboundedStatement = async (): Promise<{ ask: () => void; given: Promise<unknown> }> => {
  let ask!: () => void;
  const asked = new Promise<void>((resolve) => (ask = resolve));
  const open = new Promise<{ given: Promise<unknown> }>((resolve, reject) => {
    const given = app
      .get<Database>(DATABASE)
      .connection()
      .execute(async (connection) => {
        await sql`SELECT 1`.execute(connection);
        resolve({ given });
        await asked;
        await sql`SELECT 1`.execute(connection);
      });
    given.catch(reject);
  });
  return { ask, given: (await open).given };
};

describe('while the database is silent', () => {
  it('every route is answered before work without a limit gives up, and is served again when it speaks', async () => {
    const api = new ApiClient(`http://127.0.0.1:${port}`);
    await api.create();
    await api.until('one', 'ready');
    const jobId = await aJob();
    // the one of HEAD is that of GET
    const routes = registeredRoutes(app).filter(({ method }) => ['GET', 'POST', 'DELETE'].includes(method));
    expect(routes.map(({ path: route }) => route)).toEqual(
      expect.arrayContaining(['/metrics', '/health', '/api/metrics', '/api/fleet', '/api/instances/:instance/stop']),
    );
    const { ask, given } = await unboundedStatement();
    const pid = await eventually('the server runs', () => server.pid());
    const frozen = await FrozenPostgres.freeze(pid);
    let answers: RawAnswer[];
    try {
      ask();
      const gaveUp = given.catch(() => undefined);
      const unserved = new Set(routes.map(({ method, path: route }) => `${method} ${route}`));
      const all = Promise.all(
        routes.map(async (route) => {
          const answer = await send(port, requestTo(route, jobId));
          unserved.delete(`${route.method} ${route.path}`);
          return answer;
        }),
      );
      await Promise.race([all, gaveUp]);
      expect([...unserved], 'unserved when the statement without a limit ended').toEqual([]);
      answers = await all;
    } finally {
      frozen.thaw();
    }
    await Promise.allSettled([given]);
    const statuses = routes.map((route, at) => [`${route.method} ${route.path}`, answers[at]?.status ?? 0] as const);
    expect(statuses.filter(([, status]) => status === 500)).toEqual([]);
    const of = Object.fromEntries(statuses);
    expect(of).toMatchObject({
      'GET /metrics': 200,
      'GET /api/metrics': 200,
      'GET /health/live': 200,
      'GET /health': 503,
      'GET /health/ready': 503,
      'GET /api/instances': 503,
      'POST /api/instances': 503,
      'GET /api/fleet': 503,
    });
    expect(answers[routes.findIndex(({ path: route }) => route === '/metrics')]?.text).toContain(
      'http_requests_total{',
    );
    await eventually('it serves again', async () => (await send(port, { path: '/api/fleet' })).status === 200);
    await eventually('it is ready again', async () => (await send(port, { path: '/health/ready' })).status === 200);
  });
});

describe('a request for what somebody has locked', () => {
  it('is answered while it is locked, also by the job library', async () => {
    const jobId = await aJob();
    const other = new pg.Client({ connectionString: server.url });
    await other.connect();
    try {
      await other.query(`UPDATE pgboss.job SET state = 'failed' WHERE id = $1`, [jobId]);
      await other.query('BEGIN');
      await other.query('SELECT FROM pgboss.job WHERE id = $1 FOR UPDATE', [jobId]);
      const answer = await send(port, { method: 'POST', path: `/api/jobs/${jobId}/retry` });
      expect([answer.status, answer.json]).toEqual([
        503,
        expect.objectContaining({ code: 'SERVICE_UNAVAILABLE', retryable: true }),
      ]);
      await other.query('ROLLBACK');
    } finally {
      await other.end();
    }
  });
});
