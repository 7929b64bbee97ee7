/**
 * A release that nobody notices: three replicas behind the real nginx of `deploy/nginx`, under a steady load of reads and writes,
 * are replaced one after the other, round after round. Service, nginx and PostgreSQL are real processes.
 */
import http from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { byInstance } from '../chaos/books.js';
import { readInstances } from '../chaos/fleet-view.js';
import { unsettled } from '../chaos/settled.js';
import { ApiClient } from '../support/api-client.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';
import { jobsByState } from '../support/jobs-by-state.js';
import { leanRequest } from '../support/lean-http.js';
import { Nginx } from '../support/nginx.js';
import { beginFigure, Latencies } from '../support/figure.js';
import { atPace } from '../support/pace.js';
import { QUICK } from '../support/running-app.js';
import type { ServiceProcess } from '../support/service-process.js';
import { ServiceStage } from '../support/service-stage.js';

const ROUNDS = Number(process.env['ROLL_OUT_ROUNDS'] ?? 5);
const REPLICAS = 3;
const REQUESTS_PER_SECOND = Number(process.env['ROLL_OUT_REQUESTS_PER_SECOND'] ?? 200);
const WRITES = 0.05;
/** So many instances live at most at a time. */
const FLEET = 40;
/** Enough to show that callers are served before and after the replacements. */
const REQUESTS_BESIDE = 3 * REQUESTS_PER_SECOND;

interface Living {
  id: string;
  wanted: 'running' | 'stopped';
}

/** Callers at a steady pace, whether they are answered or not. */
class Traffic {
  readonly statuses = new Map<string, number>();
  readonly failures: string[] = [];
  readonly promised = new Map<string, 'running' | 'stopped' | 'deleted'>();
  readonly latencies = new Latencies();
  private readonly living: Living[] = [];
  private readonly underWay = new Set<Promise<void>>();
  private asked = 0;
  private created = 0;
  private readonly over = new AbortController();
  private readonly agent = new http.Agent({ keepAlive: true });

  constructor(private readonly url: string) {}

  async flow(): Promise<void> {
    await atPace(REQUESTS_PER_SECOND, () => this.one(), this.over.signal);
    await Promise.all(this.underWay);
    this.agent.destroy();
  }

  stop(): void {
    this.over.abort();
  }

  get count(): number {
    return this.asked;
  }

  private one(): void {
    this.asked += 1;
    const asking = (Math.random() < WRITES ? this.write() : this.read()).catch((error: unknown) => {
      this.failures.push(String(error));
    });
    this.underWay.add(asking);
    void asking.finally(() => this.underWay.delete(asking));
  }

  private async read(): Promise<void> {
    const { id } = pick(this.living) ?? {};
    const paths = ['/api/instances?limit=20', '/api/offers', '/api/fleet'];
    // most of what callers do is to look at what they have
    if (id !== undefined) paths.push(...Array<string>(6).fill(`/api/instances/${id}`), `/api/instances/${id}/events`);
    await this.ask('GET', pick(paths) ?? '', 200);
  }

  private async write(): Promise<void> {
    const mayGrow = this.living.length < FLEET;
    const draw = Math.random();
    if (this.living.length === 0 || (mayGrow && draw < 0.4)) return this.create();
    // nobody else asks for it while it is asked for: who came last could not be told otherwise
    const at = Math.floor(Math.random() * this.living.length);
    const [instance] = this.living.splice(at, 1);
    if (!instance) return;
    const { id } = instance;
    if (draw > 0.7) {
      await this.ask('DELETE', `/api/instances/${id}`, 202);
      this.promised.set(id, 'deleted');
      return;
    }
    const verb = instance.wanted === 'running' ? 'stop' : 'start';
    await this.ask('POST', `/api/instances/${id}/${verb}`, 202);
    instance.wanted = verb === 'stop' ? 'stopped' : 'running';
    this.promised.set(id, instance.wanted);
    this.living.push(instance);
  }

  private async create(): Promise<void> {
    this.created += 1;
    const body = {
      name: `rolled-${this.created}`,
      productName: 'RTX 4090 24GB',
      image: 'example/workload:1',
      ports: [{ port: 8188, protocol: 'http' }],
      billingMode: 'spot',
    };
    const { id } = (await this.ask('POST', '/api/instances', 202, body)) as { id: string };
    this.promised.set(id, 'running');
    this.living.push({ id, wanted: 'running' });
  }

  /** One request, sent once. Whatever is not the answer that is due is a failure. */
  private async ask(method: string, path: string, due: number, body?: unknown): Promise<unknown> {
    const sent = this.latencies.measure(() => leanRequest(this.url + path, { agent: this.agent, method, body }));
    const { status, text } = await sent.catch((error: unknown) => {
      throw new Error(`${method} ${path}: no answer (${String(error)})`);
    });
    const what = `${method} ${status}`;
    this.statuses.set(what, (this.statuses.get(what) ?? 0) + 1);
    if (status !== due) throw new Error(`${method} ${path}: ${status} ${text.slice(0, 300)}`);
    return JSON.parse(text) as unknown;
  }
}

const pick = <T>(among: readonly T[]): T | undefined => among[Math.floor(Math.random() * among.length)];

describe(`${REPLICAS} replicas behind nginx, replaced in turn ${ROUNDS} times`, () => {
  let stage: ServiceStage;
  let nginx: Nginx | undefined;
  const replicas: ServiceProcess[] = [];
  const ports: number[] = [];

  const start = (port: number): Promise<ServiceProcess> =>
    stage.start({
      PORT: String(port),
      NOVITA_REQUESTS_PER_MINUTE: '6000',
      SWEEP_REPORT_ONLY_HOURS: '0',
      PROBE_ALLOW_ADDRESSES: '127.0.0.1',
      TRUST_PROXY: '127.0.0.1',
    });

  beforeAll(async () => {
    stage = await ServiceStage.begin(QUICK);
    for (let number = 0; number < REPLICAS; number++) {
      const port = await freePort();
      ports.push(port);
      replicas.push(await start(port));
    }
    nginx = await Nginx.start(ports);
  });
  afterAll(async () => {
    await nginx?.stop();
    await stage.end();
  });

  it('no request and no job fails, no command is lost, and no machine is doubled', async () => {
    const { url } = nginx ?? { url: '' };
    const traffic = new Traffic(url);
    const flowing = traffic.flow();
    const figure = beginFigure();
    const moreRequests = (): Promise<boolean> => {
      const enough = traffic.count + REQUESTS_BESIDE;
      return eventually('more requests were made', () => traffic.count >= enough);
    };
    await moreRequests();
    const exits: (number | null)[] = [];
    for (let round = 1; round <= ROUNDS; round++) {
      for (const [at, port] of ports.entries()) {
        exits.push((await replicas[at]?.end('SIGTERM')) ?? null);
        replicas[at] = await start(port);
        console.log(
          `round ${round}, replica ${at + 1} replaced: ${traffic.count} requests, ${traffic.failures.length} failed ${traffic.failures.at(-1) ?? ''}`,
        );
      }
    }
    await moreRequests();
    traffic.stop();
    await flowing;

    const api = new ApiClient(url);
    const instances = await eventually('everything is at rest', async () => {
      const all = await readInstances({ ask: (method, path) => api.request(method, path) });
      return unsettled(all, stage.novita.ledger()).length === 0 ? all : null;
    });
    const byId = new Map(instances.map((instance) => [instance.id, instance]));
    const lost = [...traffic.promised].filter(([id, wanted]) => byId.get(id)?.desiredState !== wanted);
    const bought = [...byInstance(stage.novita.ledger())];
    const doubled = bought.filter(([, machines]) => machines.length > 1);
    const jobs = await jobsByState(stage.databaseUrl);
    figure(
      (seconds) =>
        `roll-out: ${exits.length} replacements, all in ${seconds} s under ${REQUESTS_PER_SECOND} requests a second: ` +
        `${traffic.count} requests (${[...traffic.statuses].map(([what, times]) => `${what} × ${times}`).join(', ')}), ` +
        `${traffic.failures.length} failed; ${String(traffic.latencies)}; ${instances.length} instances, ` +
        `${bought.length} machines, ${doubled.length} doubled, ${lost.length} commands lost; jobs ${JSON.stringify(jobs)}`,
    );
    expect(traffic.failures).toEqual([]);
    expect(exits.filter((code) => code !== 0)).toEqual([]);
    expect(lost).toEqual([]);
    expect(doubled).toEqual([]);
    expect(jobs['failed'] ?? 0).toBe(0);
  });
});
