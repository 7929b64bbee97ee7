/** The rate limit of production: one count over three replicas, and no memory that callers can fill by lying about who they are. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import http from 'node:http';
import { imageEnvironment } from '../support/image-environment.js';
import { leanRequest } from '../support/lean-http.js';
import type { ServiceProcess } from '../support/service-process.js';
import { ServiceStage } from '../support/service-stage.js';

const REPLICAS = 3;
const LIMIT = 1_000;
const WINDOW_MS = 600_000;
const ASKED = 3 * LIMIT;
const TOLERATED = 0.02;
/** Fewer on a machine that is busy with other things. */
const ADDRESSES = Number(process.env['RATE_LIMIT_ADDRESSES'] ?? 100_000);
/** As many requests come from so few clients first: what a process keeps for ever by then is not for their addresses. */
const KNOWN_CLIENTS = Math.ceil(ADDRESSES / (LIMIT * 0.9));
const GROWTH_MB = 15;
/** What the operators' page promises of a service whose database is elsewhere. */
const MEMORY_MB = 256;
const AT_ONCE = 32;

describe(`${LIMIT} requests for each client, over ${REPLICAS} replicas`, () => {
  let stage: ServiceStage;
  const replicas: ServiceProcess[] = [];
  const agent = new http.Agent({ keepAlive: true, maxSockets: AT_ONCE });

  beforeAll(async () => {
    stage = await ServiceStage.begin();
    for (let at = 0; at < REPLICAS; at += 1) {
      replicas.push(
        await stage.start({
          ...imageEnvironment(),
          RATE_LIMIT_MAX_REQUESTS: String(LIMIT),
          RATE_LIMIT_WINDOW_MS: String(WINDOW_MS),
          TRUST_PROXY: '127.0.0.1',
        }),
      );
    }
  });
  afterAll(async () => {
    agent.destroy();
    await stage.end();
  });

  /** As our own proxy would pass it on. */
  const ask = async (number: number, address: string): Promise<number> => {
    const url = `${replicas[number % REPLICAS]?.url ?? ''}/api/instances?limit=1`;
    return (await leanRequest(url, { agent, headers: { 'x-forwarded-for': address } })).status;
  };

  const askMany = async (count: number, addressOf: (number: number) => string): Promise<Map<number, number>> => {
    const answers = new Map<number, number>();
    let next = 0;
    const asker = async (): Promise<void> => {
      while (next < count) {
        const number = next++;
        const status = await ask(number, addressOf(number));
        answers.set(status, (answers.get(status) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, asker));
    return answers;
  };

  it(`lets ${LIMIT} ± 2 % of ${ASKED} through`, async () => {
    const answers = await askMany(ASKED, () => '203.0.113.7');
    const served = answers.get(200) ?? 0;
    console.log(
      `FIGURE rate limit: of ${ASKED} requests of one client over ${REPLICAS} replicas ${served} were served, ` +
        `${answers.get(429) ?? 0} refused; ${LIMIT} were to be (${(((served - LIMIT) / LIMIT) * 100).toFixed(1)} % off)`,
    );
    expect(Math.abs(served - LIMIT)).toBeLessThanOrEqual(LIMIT * TOLERATED);
    expect(served + (answers.get(429) ?? 0)).toBe(ASKED);
  });

  /** Of the largest replica, in MB, after each tenth of the requests. */
  const memoryWhileAsked = async (who: string, addressOf: (number: number) => string): Promise<number[]> => {
    const tenth = ADDRESSES / 10;
    const memory: number[] = [];
    for (let from = 0; from < ADDRESSES; from += tenth) {
      const answers = await askMany(tenth, (number) => addressOf(from + number));
      expect([...answers.keys()]).toEqual([200]);
      memory.push(Math.max(...(await Promise.all(replicas.map((replica) => replica.memoryMb())))));
      console.log(`${from + tenth} requests of ${who}: largest replica ${memory.at(-1)?.toFixed(0) ?? ''} MB`);
    }
    return memory;
  };

  it(`and ${ADDRESSES} addresses that are made up leave memory as it is`, async () => {
    const known = await memoryWhileAsked(
      `${KNOWN_CLIENTS} clients`,
      (number) => `198.51.100.${number % KNOWN_CLIENTS}`,
    );
    const spoofed = await memoryWhileAsked('as many addresses', madeUp);
    const growth = Math.max(...spoofed) - Math.max(...known);
    const told = (memory: number[]): string => memory.map((mb) => mb.toFixed(0)).join(', ');
    console.log(
      `FIGURE spoofed addresses: ${ADDRESSES} requests of ${KNOWN_CLIENTS} clients over ${REPLICAS} replicas: largest replica ${told(known)} MB ` +
        `at each tenth; then as many of as many addresses: ${told(spoofed)} MB, at most ${growth.toFixed(0)} MB more`,
    );
    expect(growth).toBeLessThan(GROWTH_MB);
    expect(Math.max(...spoofed)).toBeLessThan(MEMORY_MB);
  });
});

/** Each number another address of 2001:db8::/32. */
const madeUp = (number: number): string =>
  `2001:db8:${(number >> 16).toString(16)}:${(number & 0xffff).toString(16)}::1`;
