/** What a read of one instance costs, beside a bare Fastify that answers with the same statement. */
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Tables } from '../../src/database/tables.js';
import { SnapshotReader } from '../../src/novita-instances/store/read-snapshots.js';
import { ApiClient } from '../support/api-client.js';
import { eventually } from '../support/eventually.js';
import { imageEnvironment } from '../support/image-environment.js';
import { percentile } from '../support/percentile.js';
import { processorSeconds } from '../support/processor-time.js';
import type { ServiceProcess } from '../support/service-process.js';
import { ServiceStage } from '../support/service-stage.js';
import { startTypescript, type TypescriptProcess } from '../support/typescript-process.js';
import { askWithoutPause } from '../support/wrk.js';

const TURNS = Number(process.env['READ_TURNS'] ?? 10);
const SECONDS = 3;
const CONNECTIONS = 32;

describe('GET of one instance', () => {
  let stage: ServiceStage;
  let service: ServiceProcess;
  let bare: TypescriptProcess;

  beforeAll(async () => {
    stage = await ServiceStage.begin();
    service = await stage.start({
      ...imageEnvironment(),
      PROBE_ALLOW_ADDRESSES: '127.0.0.1',
    });
    const api = new ApiClient(service.url);
    await api.create({ name: 'read' });
    await eventually('it is ready', async () => (await api.get('read')).status === 'ready');
    const { sql, parameters } = await statementOfRead('read');
    bare = startTypescript('test/support/bare-reader.process.ts', stage.databaseUrl, sql, JSON.stringify(parameters));
  });
  afterAll(async () => {
    bare.child.kill();
    await stage.end();
  });

  /** What the service asks its database for such a request. */
  const statementOfRead = async (name: string): Promise<{ sql: string; parameters: readonly unknown[] }> => {
    const statements: { sql: string; parameters: readonly unknown[] }[] = [];
    const kysely = new Kysely<Tables>({
      dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: stage.databaseUrl }) }),
      log: ({ query }) => void statements.push(query),
    });
    const sealer = { seal: (text: string) => text, open: () => '{}' };
    await new SnapshotReader(kysely, sealer).byIdOrName(name, null);
    await kysely.destroy();
    expect(statements).toHaveLength(1);
    return statements[0] ?? { sql: '', parameters: [] };
  };

  it('is a figure: its share of what the bare server answers in the same time', async () => {
    const servers = [
      { name: 'the service', pid: service.pid, url: `${service.url}/api/instances/read` },
      { name: 'a bare Fastify', pid: bare.child.pid ?? 0, url: await bare.said('url') },
    ].map((server) => ({ ...server, perSecond: [] as number[], requests: 0, processor: 0 }));
    for (let turn = 0; turn <= TURNS; turn++) {
      for (const server of servers) {
        const before = await processorSeconds(server.pid);
        const load = await askWithoutPause(server.url, { connections: CONNECTIONS, seconds: SECONDS });
        // the first turn warms up
        if (turn === 0) continue;
        server.perSecond.push(load.perSecond);
        server.requests += load.requests;
        server.processor += (await processorSeconds(server.pid)) - before;
      }
    }
    const figures = servers.map(({ name, perSecond, requests, processor }) => ({
      name,
      perSecond: percentile(perSecond, 0.5),
      microseconds: (processor / requests) * 1e6,
    }));
    const [own, other] = figures;
    if (!own || !other) throw new Error('two servers were asked');
    console.log(
      `FIGURE GET of one instance, ${CONNECTIONS} connections: ${(own.perSecond / other.perSecond).toFixed(2)} of the requests a second of a bare Fastify with the same statement ` +
        `(${figures.map(({ name, perSecond, microseconds }) => `${name} ${perSecond.toFixed(0)}, ${microseconds.toFixed(0)} µs of a processor each`).join('; ')})`,
    );
    expect(own.perSecond).toBeGreaterThan(0);
  });
});
