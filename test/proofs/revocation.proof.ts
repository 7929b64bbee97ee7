/**
 * A key that is revoked on one replica is refused by the others, under load: with the database at hand, and with one that was paused
 * right after the revocation. Services and PostgreSQL are real processes.
 */
import http from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EmbeddedServer } from '../../src/database/embedded-server.js';
import { NovitaSimulator } from '../novita-simulator/novita-simulator.js';
import type { ApiClient } from '../support/api-client.js';
import { eventually } from '../support/eventually.js';
import { beginFigure } from '../support/figure.js';
import { FrozenPostgres } from '../support/frozen-postgres.js';
import { leanRequest } from '../support/lean-http.js';
import { closeBy } from '../support/owner-key.js';
import { atPace } from '../support/pace.js';
import { ServiceProcess } from '../support/service-process.js';

const NAMES = ['A', 'B', 'C'] as const;
const REQUESTS_PER_SECOND = 50;
/** Needs a key and no database. */
const PAGE = '/docs/errors';
/** So many refusals in a row, and no answer that was sent later, are the end of a key. */
const IN_A_ROW = 25;

let novita: NovitaSimulator;
let dataDir: string;
let server: EmbeddedServer;
let owner: ApiClient;
const replicas: ServiceProcess[] = [];
const agent = new http.Agent({ keepAlive: true });

beforeAll(async () => {
  novita = await NovitaSimulator.start();
  dataDir = await mkdtemp(path.join(tmpdir(), 'novitai-revocation-'));
  server = await EmbeddedServer.start({ dataDir });
  while (replicas.length < NAMES.length) {
    replicas.push(
      await ServiceProcess.start({
        NODE_ENV: 'production',
        NOVITA_API_KEY: 'a-key-for-the-simulator',
        NOVITA_API_BASE_URL: novita.baseUrl,
        DATABASE_URL: server.url,
        RATE_LIMIT_MAX_REQUESTS: '10000000',
        OPEN_ROUTES: 'none',
      }),
    );
  }
  ({ owner } = await closeBy(replicas[0]?.url ?? ''));
});
afterAll(async () => {
  agent.destroy();
  for (const replica of replicas) await replica.end('SIGKILL');
  await server.stop();
  await rm(dataDir, { recursive: true, force: true });
  await novita.stop();
});

/** A steady load on one replica with one key. */
class Load {
  readonly statuses = new Map<number, number>();
  served = 0;
  refusedInARow = 0;
  private readonly over = new AbortController();
  private readonly underWay = new Set<Promise<void>>();
  private readonly flowing: Promise<void>;

  constructor(
    private readonly url: string,
    private readonly key: string,
  ) {
    this.flowing = atPace(REQUESTS_PER_SECOND, () => this.begin(), this.over.signal);
  }

  async end(): Promise<void> {
    this.over.abort();
    await this.flowing;
    await Promise.all(this.underWay);
  }

  private begin(): void {
    const asking = this.ask();
    this.underWay.add(asking);
    void asking.finally(() => this.underWay.delete(asking));
  }

  private async ask(): Promise<void> {
    const headers = { authorization: `Bearer ${this.key}` };
    const { status } = await leanRequest(this.url + PAGE, { agent, method: 'GET', headers });
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
    if (status === 200) this.served += 1;
    this.refusedInARow = status === 200 ? 0 : this.refusedInARow + 1;
  }
}

const loadWithNewKey = async (name: string): Promise<{ id: string; loads: Load[] }> => {
  const { body } = await owner.request<{ id: string; key: string }>('POST', '/api/keys', {
    name,
    scopes: ['instances:read'],
  });
  const loads = replicas.map(({ url }) => new Load(url, body.key));
  await eventually('every replica serves the key', () => loads.every(({ served }) => served > 2 * REQUESTS_PER_SECOND));
  return { id: body.id, loads };
};

const untilRefused = async (loads: readonly Load[], what: string): Promise<void> => {
  const figure = beginFigure();
  await Promise.all(
    loads.map(async (load, at) => {
      await eventually(`${NAMES[at] ?? ''} refuses it`, () => load.refusedInARow >= IN_A_ROW);
      figure(
        (seconds) =>
          `revocation, ${what}: replica ${NAMES[at] ?? ''} has refused ${IN_A_ROW} in a row after ${seconds} s`,
      );
    }),
  );
};

it('a revoked key ends on every replica, under load', async () => {
  const { id, loads } = await loadWithNewKey('at-hand');
  expect((await owner.request('DELETE', `/api/keys/${id}`)).status).toBe(200);
  await untilRefused(loads, 'database at hand');
  const served = loads.map((load) => load.served);
  for (const load of loads) await load.end();
  // once refused, refused for good
  expect(loads.map((load) => load.served)).toEqual(served);
  for (const { statuses } of loads) expect([...statuses.keys()].sort()).toEqual([200, 401]);
});

it('a revoked key ends on every replica, although the database is paused', async () => {
  const { id, loads } = await loadWithNewKey('paused');
  const postmaster = await eventually('the server runs', () => server.pid());
  expect((await owner.request('DELETE', `/api/keys/${id}`)).status).toBe(200);
  const frozen = await FrozenPostgres.freeze(postmaster);
  try {
    await untilRefused(loads, 'database paused');
    const served = loads.map((load) => load.served);
    for (const load of loads) await load.end();
    expect(loads.map((load) => load.served)).toEqual(served);
    // 503: the replica had not seen the revocation, and trusts its memory no longer
    for (const { statuses } of loads) expect([200, 401, 503]).toEqual(expect.arrayContaining([...statuses.keys()]));
    console.log(
      `FIGURE revocation, database paused: ${loads.map(({ statuses }, at) => `${NAMES[at] ?? ''} ${JSON.stringify(Object.fromEntries(statuses))}`).join(', ')}`,
    );
  } finally {
    frozen.thaw();
  }
});
