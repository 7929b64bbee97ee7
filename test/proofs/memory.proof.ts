/** The largest instances that callers may make, in a process with little memory: it starts, and readers who do not read do it no harm. */
import { once } from 'node:events';
import http from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiClient } from '../support/api-client.js';
import { eventually } from '../support/eventually.js';
import { beginFigure, Latencies } from '../support/figure.js';
import { imageEnvironment } from '../support/image-environment.js';
import { jobsByState } from '../support/jobs-by-state.js';
import { leanRequest } from '../support/lean-http.js';
import type { ServiceProcess } from '../support/service-process.js';
import { ServiceStage } from '../support/service-stage.js';

/** What the process would hold of them all, opened, is more than its memory. */
const INSTANCES = Number(process.env['LARGEST_INSTANCES'] ?? 2_000);
const CREATORS = 4;
const HEAP_MB = 256;
const UNREAD = 60;
const PROBES = 1_000;

/** A body of 64 KB, nearly. */
const LARGEST = Array.from({ length: 99 }, (_, at) => ({
  key: `KEY_${at}_`.padEnd(511, 'K'),
  value: `${at}`.padEnd(110, 'v'),
}));

describe(`${INSTANCES} of the largest instances in a heap of ${HEAP_MB} MB`, () => {
  let stage: ServiceStage;
  let service: ServiceProcess;
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

  const start = (): Promise<ServiceProcess> =>
    stage.start({
      ...imageEnvironment(),
      NODE_OPTIONS: `--max-old-space-size=${HEAP_MB}`,
      // they wait, and are looked after again and again
      CREATES_ENABLED: 'false',
    });

  const jobsDone = async (): Promise<number> => (await jobsByState(stage.databaseUrl))['completed'] ?? 0;

  beforeAll(async () => {
    stage = await ServiceStage.begin();
    service = await start();
    const api = new ApiClient(service.url);
    let next = 0;
    const creator = async (): Promise<void> => {
      while (next < INSTANCES) {
        const { status } = await api.create({ name: `largest-${next++}`, envs: LARGEST });
        expect(status).toBe(202);
      }
    };
    await Promise.all(Array.from({ length: CREATORS }, creator));
  });
  afterAll(async () => {
    agent.destroy();
    await stage.end();
  });

  it('it starts, and looks them all over', async () => {
    const told = beginFigure();
    await service.end('SIGKILL');
    const before = await jobsDone();
    service = await start();
    await eventually('all have been looked over', async () => {
      if (service.exitCode !== null) throw new Error(`it ended with ${service.exitCode}: ${service.log.slice(-2_000)}`);
      return (await jobsDone()) >= before + INSTANCES;
    });
    const memory = await service.memoryMb();
    told(
      (seconds) =>
        `${INSTANCES} of the largest instances were looked over ${seconds} s after a kill; ${memory.toFixed(0)} MB resident`,
    );
  });

  it(`it lives with ${UNREAD} pages that nobody reads, and tells so`, async () => {
    const unread: http.ClientRequest[] = [];
    const statuses: number[] = [];
    const askAndNotRead = async (): Promise<void> => {
      const asked = http.get(`${service.url}/api/instances?limit=100`, { agent: false });
      asked.on('error', () => undefined);
      unread.push(asked);
      const [answer] = (await once(asked, 'response')) as [http.IncomingMessage];
      answer.pause();
      statuses.push(answer.statusCode ?? 0);
    };
    const alone = new Latencies();
    const beside = new Latencies();
    const probe = () => leanRequest(`${service.url}/health/live`, { agent });
    const probes = async (latencies: Latencies): Promise<void> => {
      for (let at = 0; at < PROBES; at++) expect((await latencies.measure(probe)).status).toBe(200);
    };
    await probes(alone);
    await Promise.all([...Array.from({ length: UNREAD }, askAndNotRead), probes(beside)]);
    const memory = await service.memoryMb();
    const served = statuses.filter((status) => status === 200).length;
    console.log(
      `FIGURE ${UNREAD} unread pages of the largest instances in a heap of ${HEAP_MB} MB: ${served} served, ${UNREAD - served} shed; ` +
        `/health/live beside them ${String(beside)}, longest ${beside.longest} (without them ${String(alone)}); ${memory.toFixed(0)} MB resident`,
    );
    expect(statuses.filter((status) => status !== 200 && status !== 503)).toEqual([]);
    for (const one of unread) one.destroy();
    expect(service.exitCode).toBeNull();
    await eventually(
      'a page is served',
      async () => (await fetch(`${service.url}/api/instances?limit=100`)).status === 200,
    );
  });
});
