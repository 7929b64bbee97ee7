/** Two hundred thousand requests that are wrong in every way we know: none is a failure of the service, and none leaks memory. */
import http from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiClient } from '../support/api-client.js';
import { ApiDocument } from '../support/api-document.js';
import { eventually } from '../support/eventually.js';
import { Latencies } from '../support/figure.js';
import { RequestFuzzer, type FuzzedRequest } from '../support/fuzzed-requests.js';
import { imageEnvironment } from '../support/image-environment.js';
import { leanRequest, type LeanAnswer } from '../support/lean-http.js';
import { closeBy } from '../support/owner-key.js';
import type { ServiceProcess } from '../support/service-process.js';
import { ServiceStage } from '../support/service-stage.js';

const REQUESTS = Number(process.env['FUZZ_REQUESTS'] ?? 200_000);
const SEED = Number(process.env['FUZZ_SEED'] ?? 1);
const SENDERS = 8;
/** Before memory is first looked at: code is compiled and caches fill. */
const WARM_UP = Math.ceil(REQUESTS / 5);
const MAY_GROW_BY = 0.15;
/** After fewer requests, what is still being compiled and cached is more than what leaks. */
const JUDGES_MEMORY_FROM = 50_000;
const NAMES = ['fuzzed-1', 'fuzzed-2', 'fuzzed-3'];

describe(`${REQUESTS} fuzzed requests (FUZZ_SEED=${SEED})`, () => {
  let stage: ServiceStage;
  let service: ServiceProcess;
  let owner: ApiClient;
  let key = '';
  /** Existing values for parameters of paths. */
  let known: Record<'instance' | 'id' | 'project' | 'webhook', string[]>;
  const agent = new http.Agent({ keepAlive: true, maxSockets: SENDERS });

  beforeAll(async () => {
    stage = await ServiceStage.begin();
    service = await stage.start({
      ...imageEnvironment(),
      // for the endpoints below, where nothing listens
      WEBHOOK_ALLOW_ADDRESSES: '127.0.0.1',
      CREATES_ENABLED: 'false',
      // what stays open would hold a sender
      MAX_OPEN_WAITS: '0',
      MAX_EVENT_STREAMS: '0',
      LOG_LEVEL: 'error',
    });
    const api = new ApiClient(service.url);
    for (const name of NAMES) expect((await api.create({ name })).status).toBe(202);
    // a second event, so that its events have a second page
    expect((await api.ask('fuzzed-1', 'stop')).status).toBe(202);
    for (const name of ['foreign-1', 'foreign-2']) await stage.novita.addForeignMachine(name);
    ({ owner, key } = await closeBy(service.url));
    const made = async (path: string, body: object): Promise<string> => {
      const answer = await owner.request<{ id: string }>('POST', path, body);
      expect(answer.status).toBe(201);
      return answer.body.id;
    };
    const keys = [await made('/api/keys', { name: 'fuzzed', scopes: ['instances:read'] })];
    const projects = await Promise.all(['fuzzed-1', 'fuzzed-2'].map((name) => made('/api/projects', { name })));
    const urls = ['https://127.0.0.1:1/', 'https://127.0.0.1:1/other'];
    const webhooks = await Promise.all(urls.map((url) => made('/api/webhooks', { url })));
    for (const webhook of webhooks) {
      await owner.request('PATCH', `/api/webhooks/${webhook}`, { state: 'paused' });
      // two, so that its deliveries have a second page
      for (let at = 0; at < 2; at++) await owner.request('POST', `/api/webhooks/${webhook}/test`);
    }
    known = { instance: NAMES, id: keys, project: projects, webhook: webhooks };
  });
  afterAll(async () => {
    agent.destroy();
    await stage.end();
  });

  it('are refused or served, and memory stays', async () => {
    const document = ApiDocument.load();
    const fuzzer = new RequestFuzzer(document, SEED, known, await realCursors(document, owner, known));
    const statuses = new Map<number, number>();
    const failures: string[] = [];
    const latencies = new Latencies();
    let sent = 0;
    const take = async (fuzzed: FuzzedRequest, authorization: Record<string, string>): Promise<void> => {
      const request = { ...fuzzed, headers: { ...authorization, ...fuzzed.headers } };
      const answer = await latencies.measure(() => ask(service.url, request, agent));
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      if (isFailure(answer)) failures.push(`${JSON.stringify(fuzzed)}: ${answer.status} ${answer.text}`);
    };
    const sendUntil = async (most: number): Promise<void> => {
      const sender = async (): Promise<void> => {
        while (sent < most) {
          sent += 1;
          // every other one without the key
          await take(fuzzer.next(), sent % 2 === 0 ? {} : { authorization: `Bearer ${key}` });
        }
      };
      await Promise.all(Array.from({ length: SENDERS }, sender));
    };
    await sendUntil(WARM_UP);
    const before = await service.memoryMb();
    await sendUntil(REQUESTS);
    const after = await service.memoryMb();
    const counts = [...statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${status} ${count}×`);
    console.log(
      `FIGURE fuzz: ${sent} requests, ${failures.length} failures of the service; ${counts.join(', ')}; ` +
        `${before.toFixed(0)} MB after ${WARM_UP}, ${after.toFixed(0)} MB at the end; ` +
        `the longest answer after ${latencies.longest}`,
    );
    expect(failures.slice(0, 5)).toEqual([]);
    if (REQUESTS >= JUDGES_MEMORY_FROM) expect(after).toBeLessThan(before * (1 + MAY_GROW_BY));
  });
});

/** One of each list. */
const realCursors = (
  document: ApiDocument,
  api: ApiClient,
  known: Readonly<Record<string, readonly string[]>>,
): Promise<string[]> =>
  Promise.all(
    document.operations
      .filter(({ parameters = [] }) => parameters.some(({ name }) => name === 'cursor'))
      .map(({ operationId, path }) =>
        eventually(`${operationId} has a second page`, async () => {
          const page = `${path.replace(/\{(\w+)\}/, (_, name: string) => known[name]?.[0] ?? '')}?limit=1`;
          return (await api.request<{ nextCursor: string | null }>('GET', page)).body.nextCursor;
        }),
      ),
  );

/** A 503 is documented where it says so; any other 5xx is a bug. */
const isFailure = ({ status, text }: LeanAnswer): boolean =>
  status >= 500 && !(status === 503 && text.includes('"code"'));

const ask = async (url: string, request: FuzzedRequest, agent: http.Agent): Promise<LeanAnswer> => {
  const { method, path, headers, body } = request;
  return leanRequest(url + path, { agent, method, headers, ...(body !== undefined && { text: body }) });
};
