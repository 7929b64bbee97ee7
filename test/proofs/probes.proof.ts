/** Probing costs next to nothing, however large the fleet: 5,000 instances and more than 5,000 jobs that are done. */
import http from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiClient } from '../support/api-client.js';
import { eventually } from '../support/eventually.js';
import { Latencies } from '../support/figure.js';
import { imageEnvironment } from '../support/image-environment.js';
import { jobsByState } from '../support/jobs-by-state.js';
import { leanRequest } from '../support/lean-http.js';
import type { ServiceProcess } from '../support/service-process.js';
import { ServiceStage } from '../support/service-stage.js';
import { startTypescript, type TypescriptProcess } from '../support/typescript-process.js';

const INSTANCES = Number(process.env['PROBED_INSTANCES'] ?? 5_000);
const JOBS = INSTANCES;
const CREATORS = 8;
const PROBES = 1_000;
/** What the operators' page promises of a service whose database is elsewhere. */
const MEMORY_MB = 256;

describe(`probes of a service with ${INSTANCES} instances`, () => {
  let stage: ServiceStage;
  let service: ServiceProcess;
  let bare: TypescriptProcess;
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

  beforeAll(async () => {
    stage = await ServiceStage.begin();
    service = await stage.start({
      ...imageEnvironment(),
      // they wait, and are looked after: what is asked here is what probes cost
      CREATES_ENABLED: 'false',
    });
    bare = startTypescript('test/support/bare-server.process.ts');
    const api = new ApiClient(service.url);
    let next = 0;
    const creator = async (): Promise<void> => {
      while (next < INSTANCES) expect((await api.create({ name: `probed-${next++}` })).status).toBe(202);
    };
    await Promise.all(Array.from({ length: CREATORS }, creator));
    await eventually('the jobs are done', async () => (await jobsDone()) >= JOBS);
  });
  afterAll(async () => {
    agent.destroy();
    bare.child.kill();
    await stage.end();
  });

  const jobsDone = async (): Promise<number> => (await jobsByState(stage.databaseUrl))['completed'] ?? 0;

  /** How long the whole answer takes, one after the other and in turns: what else the machine does meets all alike. */
  const probeInTurns = async (urls: Record<string, string>, times: number): Promise<string> => {
    const waits = Object.entries(urls).map(([name, url]) => ({ name, url, latencies: new Latencies() }));
    for (let at = 0; at < times; at++) {
      for (const { url, latencies } of waits) {
        const { status } = await latencies.measure(() => leanRequest(url, { agent }));
        expect(status).toBe(200);
      }
    }
    return waits.map(({ name, latencies }) => `${name} ${String(latencies)}`).join('; ');
  };

  it('are all answered, in little memory; how soon is a figure beside that of a bare server', async () => {
    const bareUrl = await bare.said('url');
    const paths = ['/health/live', '/health/ready', '/health'];
    const waits = await probeInTurns(
      { 'a bare server': bareUrl, ...Object.fromEntries(paths.map((path) => [path, service.url + path])) },
      PROBES,
    );
    const memory = await service.memoryMb();
    console.log(
      `FIGURE probes with ${INSTANCES} instances and ${await jobsDone()} finished jobs: ${waits}; ${memory.toFixed(0)} MB resident`,
    );
    expect(memory).toBeLessThan(MEMORY_MB);
  });
});
