/** Webhooks of a real service: how soon an event is sent, and what one dead receiver among 200 costs the others. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ApiClient } from '../support/api-client.js';
import { eventually } from '../support/eventually.js';
import { Delays } from '../support/figure.js';
import { ServiceProcess } from '../support/service-process.js';
import { createTestDatabase } from '../support/test-database.js';

const RECEIVERS = 200;
const ROUNDS = Number(process.env['WEBHOOK_ROUNDS'] ?? 30);
const TURNS = 5;

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let service: ServiceProcess;
let api: ApiClient;
let server: http.Server;
/** Called with the path and the event's time of each first attempt. */
let received: (path: string, at: string, now: number) => void = () => undefined;
let isDead = false;
const unanswered = new Set<http.ServerResponse>();

beforeAll(async () => {
  database = await createTestDatabase();
  server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { timestamp } = JSON.parse(Buffer.concat(chunks).toString()) as { timestamp: string };
      const path = request.url ?? '';
      received(path, timestamp, Delays.now());
      // the dead one takes the request and does not answer
      if (isDead && path === '/0') unanswered.add(response);
      else response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  service = await ServiceProcess.start({
    NODE_ENV: 'production',
    NOVITA_API_KEY: 'a-key-for-nobody',
    NOVITA_API_BASE_URL: 'http://127.0.0.1:1',
    DATABASE_URL: database.url,
    CREATES_ENABLED: 'false',
    RATE_LIMIT_MAX_REQUESTS: '10000000',
    WEBHOOK_ALLOW_HTTP: 'true',
    WEBHOOK_ALLOW_ADDRESSES: '127.0.0.1',
    WEBHOOK_MAX_ENDPOINTS: '1000',
  });
  api = new ApiClient(service.url);
});
afterAll(async () => {
  await service.end('SIGKILL');
  server.closeAllConnections();
  server.close();
  await database.drop();
});

const url = (path: number): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/${path}`;
let made = 0;

/** The first receiver answers no more, or answers again. */
const setDead = (dead: boolean): void => {
  isDead = dead;
  for (const response of unanswered) response.destroy();
  unanswered.clear();
};

/** Adds the delays from events to first attempts at these receivers. Events come one at a time, so that no round waits for the round before. */
const addDelays = async (delays: Delays, rounds: number, paths: readonly string[]): Promise<void> => {
  for (let round = 0; round < rounds; round++) {
    const arrived = new Set<string>();
    received = (path, at, now) => {
      if (!paths.includes(path)) return;
      if (!arrived.has(path)) delays.add(now - Date.parse(at));
      arrived.add(path);
    };
    expect((await api.create({ name: `hooked-${made++}` })).status).toBe(202);
    await eventually('all of them have it', () => arrived.size === paths.length);
  }
};

it('an event is sent within a second', async () => {
  await api.request('POST', '/api/webhooks', { url: url(0), eventTypes: ['instance.created'] });
  const delays = new Delays();
  await addDelays(delays, ROUNDS * 3, ['/0']);
  console.log(`FIGURE event to first attempt, one endpoint, ${ROUNDS * 3} events: ${String(delays)}`);
});

it('a dead receiver among 200 does not delay the others', async () => {
  for (let path = 1; path < RECEIVERS; path++) {
    const made = await api.request('POST', '/api/webhooks', { url: url(path), eventTypes: ['instance.created'] });
    expect(made.status).toBe(201);
  }
  const others = Array.from({ length: RECEIVERS - 1 }, (_, at) => `/${at + 1}`);
  await addDelays(new Delays(), 3, others);
  const [allAlive, oneDead] = [new Delays(), new Delays()];
  // in turns: what else the machine does meets both alike
  for (let turn = 0; turn < TURNS; turn++) {
    setDead(false);
    await addDelays(allAlive, ROUNDS / TURNS, others);
    setDead(true);
    await addDelays(oneDead, ROUNDS / TURNS, others);
  }
  setDead(false);
  console.log(`FIGURE ${RECEIVERS} receivers, all alive, ${ROUNDS} events: the others ${String(allAlive)}`);
  console.log(`FIGURE ${RECEIVERS} receivers, one never answers, ${ROUNDS} events: the others ${String(oneDead)}`);
});
