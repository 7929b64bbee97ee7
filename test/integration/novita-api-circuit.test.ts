import { HttpService } from '@nestjs/axios';
import { afterEach, describe, expect, it } from 'vitest';
import { Secret } from '../../src/config/config.js';
import type { HttpNovitaClient } from '../../src/novita-api/http-novita-client.js';
import { LocalRequestBudget } from '../../src/novita-api/local-request-budget.js';
import { novitaClientFor } from '../../src/novita-api/novita-api.module.js';
import type { NovitaCall } from '../../src/novita-api/novita-calls.js';
import type { CreateMachine, RequestKind } from '../../src/novita-api/novita-client.js';
import type { RequestBudget } from '../../src/novita-api/request-budget.js';
import { systemClock } from '../../src/time/clock.js';
import { replyJson, type ScriptedServer, startScriptedServer } from '../support/scripted-server.js';

const ID = '79485daa470d8d6d';
const REQUEST: CreateMachine = {
  name: 'm',
  productId: 'p',
  clusterId: 'c',
  gpuNum: 1,
  rootfsSizeGb: 60,
  billingMode: 'spot',
  image: 'i',
  registryAuthId: null,
  ports: [],
  volumes: [],
  envs: [],
  command: null,
  entrypoint: null,
  minCudaVersion: null,
};

/** Real time for the sockets, and as much more as a test wants. */
class LeapingClock {
  aheadMs = 0;
  now = (): Date => new Date(systemClock.now().getTime() + this.aheadMs);
  monotonicMs = (): number => systemClock.monotonicMs() + this.aheadMs;
}

interface World {
  client: HttpNovitaClient;
  server: ScriptedServer;
  clock: LeapingClock;
  calls: NovitaCall[];
  circuits: [RequestKind, boolean][];
  /** What the server answers; it may be changed. */
  says: { status: number; headers: object };
}

const ended: (() => unknown)[] = [];
afterEach(async () => {
  await Promise.all(ended.splice(0).map((end) => end()));
});

async function world(
  status: number,
  wrap: (budget: RequestBudget, clock: LeapingClock) => RequestBudget = (budget) => budget,
): Promise<World> {
  const says = { status, headers: {} };
  const server = await startScriptedServer((_request, response) => {
    const body =
      says.status < 300 ? { id: ID, status: 'running', data: [] } : { code: says.status, reason: 'R', message: 'm' };
    replyJson(response, says.status, body, says.headers);
  });
  const clock = new LeapingClock();
  const calls: NovitaCall[] = [];
  const circuits: [RequestKind, boolean][] = [];
  const config = { apiKey: new Secret('sk_test'), baseUrl: server.url, requestsPerMinute: 1000, timeoutMs: 60_000 };
  const client = novitaClientFor(new HttpService(), config, clock, () => 0, {
    budget: wrap(new LocalRequestBudget(clock, 1000), clock),
    onCall: (call) => calls.push(call),
    onCircuit: (kind, isOpen) => circuits.push([kind, isOpen]),
  });
  ended.push(() => {
    client.onApplicationShutdown();
    return server.close();
  });
  return { client, server, clock, calls, circuits, says };
}

const look = (client: HttpNovitaClient): Promise<unknown> => client.lookAtMachine(ID).catch((error: unknown) => error);

async function repeat(times: number, call: () => Promise<unknown>): Promise<void> {
  for (let time = 0; time < times; time++) await call();
}

describe('the circuit of reads', () => {
  it('opens when Novita fails again and again, spends nothing meanwhile, and closes after one good try', async () => {
    const { client, server, clock, calls, circuits, says } = await world(500);
    await repeat(4, () => look(client));
    const asked = server.requests.length;
    expect(asked).toBe(5);
    expect(circuits).toEqual([['read', true]]);
    expect(await look(client)).toMatchObject({ name: 'NovitaUnavailable', why: 'circuit-open', retryAfterSeconds: 2 });
    expect(calls.at(-1)).toEqual({ operation: 'look', outcome: 'circuit', httpStatus: null, ms: 0 });
    expect(await client.budget('read')).toMatchObject({ available: 0 });
    expect(server.requests).toHaveLength(asked);

    says.status = 200;
    clock.aheadMs += 2_000;
    expect(await client.budget('read')).toEqual({ available: 795, nextInMs: 0 });
    expect(await look(client)).toMatchObject({ kind: 'seen' });
    expect(circuits).toEqual([
      ['read', true],
      ['read', false],
    ]);
  });

  it('sends one try when its pause is over, however many ask', async () => {
    const { client, server, clock } = await world(500);
    await repeat(3, () => look(client));
    const asked = server.requests.length;
    clock.aheadMs += 2_000;
    await Promise.all(Array.from({ length: 8 }, () => look(client)));
    expect(server.requests).toHaveLength(asked + 1);
  });

  it('holds no create, start, stop or delete back', async () => {
    const { client, says } = await world(500);
    await repeat(4, () => look(client));
    says.status = 200;
    expect(await client.createMachine(REQUEST)).toEqual({ kind: 'accepted', machineId: ID });
    expect(await client.startMachine(ID)).toEqual({ kind: 'acknowledged' });
    expect(await client.stopMachine(ID)).toEqual({ kind: 'acknowledged' });
    expect(await client.deleteMachine(ID)).toEqual({ kind: 'acknowledged' });
  });

  it.each([400, 401, 403, 404, 408, 409, 422, 429])('is not opened by %i', async (status) => {
    const { client, server, circuits } = await world(status);
    await repeat(12, () => look(client));
    await repeat(12, () => client.createMachine(REQUEST));
    await repeat(12, () => client.deleteMachine(ID));
    expect(circuits).toEqual([]);
    expect(server.requests.length).toBeGreaterThanOrEqual(36);
  });
});

describe('the circuit of creates', () => {
  it('says that nothing was sent, and why; reads and deletes go on', async () => {
    const { client, server, circuits, says } = await world(500);
    await repeat(5, () => client.createMachine(REQUEST));
    says.status = 200;
    expect(await client.createMachine(REQUEST)).toEqual({
      kind: 'not-sent',
      why: 'Novita failed several times in a row, the next try is in 5 s',
    });
    expect((await client.startMachine(ID)).kind).toBe('not-sent');
    expect(await look(client)).toMatchObject({ kind: 'seen' });
    expect(await client.deleteMachine(ID)).toEqual({ kind: 'acknowledged' });
    expect(circuits).toEqual([['create', true]]);
    expect(server.requests).toHaveLength(7);
  });

  it('opens for a Novita that cannot be reached', async () => {
    const { client, server, circuits } = await world(200);
    await server.close();
    await repeat(5, () => client.createMachine(REQUEST));
    expect(circuits).toEqual([['create', true]]);
  });
});

describe('the circuit of releases', () => {
  it('only spaces the tries: a second later the next one goes, however long it lasts', async () => {
    const { client, server, clock } = await world(500);
    await repeat(5, () => client.deleteMachine(ID));
    for (let second = 1; second <= 30; second++) {
      expect((await client.deleteMachine(ID)).kind).toBe('not-sent');
      clock.aheadMs += 1_000;
      expect((await client.deleteMachine(ID)).kind).toBe('ambiguous');
      expect(server.requests).toHaveLength(5 + second);
    }
  });
});

describe('retries', () => {
  it('are a tenth of the calls at most when Novita is in trouble, and a lone failure has both of its own', async () => {
    const { client, server, says } = await world(429);
    await look(client);
    expect(server.requests).toHaveLength(3);
    await repeat(99, () => look(client));
    expect(server.requests.length).toBeGreaterThanOrEqual(100 + 4);
    expect(server.requests.length).toBeLessThanOrEqual(100 + 4 + 10 + 1);
    says.status = 200;
    expect(await look(client)).toMatchObject({ kind: 'seen' });
  });
});

describe('a pause that Novita asked for', () => {
  it.each([429, 503])('after %i keeps reads and creates back, and lets deletes through', async (status) => {
    const { client, server, clock, says } = await world(status);
    says.headers = { 'retry-after': '30' };
    expect((await client.stopMachine(ID)).kind).not.toBe('acknowledged');
    says.status = 200;
    expect(await look(client)).toMatchObject({ why: 'budget', retryAfterSeconds: 30 });
    expect(await client.createMachine(REQUEST)).toEqual({ kind: 'not-sent', why: 'Novita asked for a pause' });
    expect(await client.deleteMachine(ID)).toEqual({ kind: 'acknowledged' });
    expect(server.requests).toHaveLength(2);
    clock.aheadMs += 30_000;
    expect(await look(client)).toMatchObject({ kind: 'seen' });
  });
});

describe('a process that slept while it waited for its admission', () => {
  it('does not send: it may have been given up for dead', async () => {
    const { client, server } = await world(200, (budget, clock) => ({
      take: (kind) => {
        clock.aheadMs += 2_001;
        return budget.take(kind);
      },
      peek: (kind) => budget.peek(kind),
      hold: (seconds) => budget.hold(seconds),
    }));
    expect((await client.createMachine(REQUEST)).kind).toBe('not-sent');
    expect(server.requests).toEqual([]);
  });
});
