/** A PostgreSQL that is stopped (not dead) while callers ask: how long they wait. */
import http from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EmbeddedServer } from '../../src/database/embedded-server.js';
import { NovitaSimulator } from '../novita-simulator/novita-simulator.js';
import { ApiClient } from '../support/api-client.js';
import { eventually } from '../support/eventually.js';
import { beginFigure, Latencies } from '../support/figure.js';
import { FrozenPostgres } from '../support/frozen-postgres.js';
import { imageEnvironment } from '../support/image-environment.js';
import { leanRequest } from '../support/lean-http.js';
import { ServiceProcess } from '../support/service-process.js';

/** Callers that begin with the same request. */
const ROUNDS = 4;

/** As a caller and its operators ask. */
const TRAFFIC = [
  ['GET', '/api/instances'],
  ['GET', '/api/instances/one'],
  ['POST', '/api/instances'],
  ['POST', '/api/instances/one/stop'],
  ['POST', '/api/instances/one/start'],
  ['GET', '/api/fleet'],
  ['GET', '/api/machines'],
  ['GET', '/api/jobs'],
  ['GET', '/api/offers'],
  ['GET', '/api/metrics'],
  ['GET', '/api/no-such-route'],
  ['GET', '/health'],
  ['GET', '/health/ready'],
  ['GET', '/health/live'],
  ['GET', '/metrics'],
] as const;

const CREATE = { productName: 'RTX 4090 24GB', image: 'example/workload:1', ports: [], billingMode: 'spot' };

describe('a database that is silent', () => {
  let novita: NovitaSimulator;
  let dataDir: string;
  let server: EmbeddedServer;
  let service: ServiceProcess;
  const agent = new http.Agent({ keepAlive: true });

  beforeAll(async () => {
    novita = await NovitaSimulator.start();
    dataDir = await mkdtemp(path.join(tmpdir(), 'novitai-silent-'));
    server = await EmbeddedServer.start({ dataDir });
    service = await ServiceProcess.start({
      NODE_ENV: 'production',
      ...imageEnvironment(),
      NOVITA_API_KEY: 'a-key-for-the-simulator',
      NOVITA_API_BASE_URL: novita.baseUrl,
      DATABASE_URL: server.url,
      RATE_LIMIT_MAX_REQUESTS: '10000000',
    });
  });
  afterAll(async () => {
    agent.destroy();
    await service.end('SIGKILL');
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
    await novita.stop();
  });

  it('keeps no caller waiting', async () => {
    await new ApiClient(service.url).create({ name: 'one' });
    const waits = new Map<string, Latencies>();
    const statuses = new Set<number>();
    let created = 0;
    const ask = async ([method, target]: readonly [string, string]): Promise<void> => {
      const body = target === '/api/instances' && method === 'POST' ? { ...CREATE, name: `silent-${created++}` } : null;
      const wait = waits.get(target) ?? new Latencies();
      waits.set(target, wait);
      const answer = () => leanRequest(service.url + target, { agent, method, ...(body && { body }) });
      const { status } = await all.measure(() => wait.measure(answer));
      statuses.add(status);
    };
    const all = new Latencies();
    const frozen = await FrozenPostgres.freeze(await eventually('the server runs', () => server.pid()));
    const silence = beginFigure();
    // each in another order, so that all kinds of requests are under way at any time
    const caller = async (number: number): Promise<void> => {
      for (let at = 0; at < TRAFFIC.length; at++)
        await ask(TRAFFIC[(at + number) % TRAFFIC.length] ?? ['GET', '/health']);
    };
    await Promise.all(Array.from({ length: ROUNDS * TRAFFIC.length }, (_, number) => caller(number)));
    const longest = (target: string): string => waits.get(target)?.longest ?? '';
    silence(
      (seconds) =>
        `a database silent for ${seconds} s under ${ROUNDS * TRAFFIC.length ** 2} requests: the latest answer after ${all.longest}; ` +
        `/metrics after ${longest('/metrics')}; /health after ${longest('/health')}; /health/live: ${String(waits.get('/health/live'))}`,
    );
    frozen.thaw();
    expect(statuses).not.toContain(500);
    await eventually('it serves again', async () => (await fetch(`${service.url}/health/ready`)).status === 200);
  });
});
