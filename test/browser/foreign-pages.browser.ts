/** A page of strangers in a real browser, on the computer of the operator: it changes nothing, and reads nothing. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NovitaSimulator } from '../novita-simulator/novita-simulator.js';
import { ApiClient } from '../support/api-client.js';
import { ApiDocument } from '../support/api-document.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';
import { ServiceProcess } from '../support/service-process.js';
import { createTestDatabase } from '../support/test-database.js';
import { taggerOf } from '../support/tagger-of.js';
import { WatchedBrowser } from './watched-browser.js';

const ATTACKS = new URL('attacks.page.js', import.meta.url).pathname;
/** In how many ways a POST is tried. */
const WAYS = 11;
const TOKEN = 'a-token-that-only-the-workload-may-know';
const CREATE = {
  name: 'bought-by-a-stranger',
  productName: 'RTX 4090 24GB',
  image: 'example/workload:1',
  billingMode: 'spot',
};

const SECRETS = new RegExp(`${TOKEN}|novitai_|openapi|victim`);

const changing = ApiDocument.load().operations.filter(({ method }) => method !== 'GET');
const posts = changing.filter(({ method }) => method === 'POST');

let novita: NovitaSimulator;
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let service: ServiceProcess;
let browser: WatchedBrowser;
let stranger: http.Server;
let api: ApiClient;
let port: number;
let reboundPage: Page;
/** What stands for the parameters of a path, by what comes before it. */
let ids: Record<string, string>;

const serveStrangersPage = async (at: number): Promise<http.Server> => {
  const server = http.createServer((_request, response) =>
    response.setHeader('content-type', 'text/html').end('<body>'),
  );
  await new Promise<void>((resolve) => server.listen(at, '127.0.0.1', resolve));
  return server;
};

const closed = (server: http.Server): Promise<unknown> =>
  new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });

beforeAll(async () => {
  browser = await WatchedBrowser.start(['evil.test', 'rebound.test', 'ours.test']);
  stranger = await serveStrangersPage(0);
  novita = await NovitaSimulator.start({ timeFactor: 20 });
  database = await createTestDatabase();
  port = await freePort();
  // its page comes from the stranger's server, and from then on its name leads to ours
  const before = await serveStrangersPage(port);
  reboundPage = await browser.newPage();
  await reboundPage.goto(`http://rebound.test:${port}/`);
  await reboundPage.addScriptTag({ path: ATTACKS });
  await closed(before);
  service = await ServiceProcess.start({
    PORT: String(port),
    LOG_LEVEL: 'info',
    ALLOWED_HOSTS: 'ours.test',
    NOVITA_API_KEY: 'a-key-for-the-simulator',
    NOVITA_API_BASE_URL: novita.baseUrl,
    NOVITA_REQUESTS_PER_MINUTE: '1200',
    DATABASE_URL: database.url,
    PROBE_ALLOW_ADDRESSES: '127.0.0.1',
    RATE_LIMIT_MAX_REQUESTS: '1000000',
  });
  api = new ApiClient(service.url);
  const { body } = await api.create({ name: 'victim', envs: [{ key: 'TOKEN', value: TOKEN }] });
  const tagger = await taggerOf(database.url);
  const unheld = await novita.addForeignMachine(tagger.write({ instanceId: body.id, attempt: 7 }));
  await eventually(
    'the instance is ready, and the other machine seen',
    async () =>
      (await api.get('victim')).status === 'ready' &&
      (await api.request<{ data: { id: string }[] }>('GET', '/api/machines')).body.data.some(
        ({ id }) => id === unheld.id,
      ),
  );
  const jobs = await api.request<{ data: { id: string }[] }>('GET', '/api/jobs');
  ids = { instances: body.id, machines: unheld.id, jobs: jobs.body.data[0]?.id ?? '' };
});

afterAll(async () => {
  await browser.stop();
  await closed(stranger);
  await service.end('SIGTERM');
  await database.drop();
  await novita.stop();
});

/** Sends all there is to send from the page. */
const attack = (page: Page, target: string, mode: 'no-cors' | 'same-origin'): Promise<unknown> =>
  page.evaluate(`attack(${JSON.stringify({ attacks: attacksOn(target), mode })})`);

const readFrom = (page: Page, target: string): Promise<string> =>
  page.evaluate(`readAll(${JSON.stringify(secretsAt(target))})`);

const attacksOn = (target: string): { method: string; url: string; body: string }[] =>
  changing.map(({ method, path }) => ({
    method,
    url: target + path.replace(/(\w+)\/\{\w+\}/, (_, kind: string) => `${kind}/${ids[kind] ?? ''}`),
    body: path === '/api/instances' ? JSON.stringify(CREATE) : '{"x":1}',
  }));

const secretsAt = (target: string): string[] => [
  `${target}/api/instances/${ids['instances'] ?? ''}?include=secrets`,
  `${target}/metrics`,
  `${target}/docs-json`,
];

/** What an attack would change: instances, what is decided about machines, and what was bought. */
const state = async (): Promise<unknown> => {
  const [instances, events, machines, fleet] = await Promise.all([
    api.list('?status=ready,stopped,stopping,starting,running,pending,deleting,deleted,failed'),
    api.events('victim'),
    api.request<{ data: { id: string; ignored: boolean }[] }>('GET', '/api/machines'),
    api.request<{ frozen: unknown }>('GET', '/api/fleet'),
  ]);
  return {
    instances: instances.data.map(({ id, status }) => ({ id, status })),
    events: events.length,
    machines: machines.body.data.map(({ id, ignored }) => ({ id, ignored })),
    frozen: fleet.body.frozen,
    bought: novita.ledger().length,
  };
};

interface LogLine {
  msg: string;
  method: string;
  route: string | null;
  status: number;
  code?: string;
}

/** What was asked for besides reading, since a place in the log: how often by route, status and code. */
const changesSince = (from: number): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const text of service.log.slice(from).split('\n').slice(0, -1)) {
    const { msg, method, route, status, code = '' } = JSON.parse(text) as LogLine;
    // before a DELETE to another origin a browser asks, and gets no leave
    if (msg !== 'request' || ['GET', 'OPTIONS'].includes(method)) continue;
    const what = `${method} ${route ?? ''} ${status} ${code}`;
    counts[what] = (counts[what] ?? 0) + 1;
  }
  return counts;
};

const refused = (operations: typeof changing, code: string, times: number): Record<string, number> =>
  Object.fromEntries(
    operations.map(({ method, path }) => [`${method} ${path.replace(/\{(\w+)\}/g, ':$1')} 403 ${code}`, times]),
  );

/** All have arrived, each was refused, and nothing else was asked for. */
const expectRefusals = async (from: number, expected: Record<string, number>): Promise<void> => {
  await expect.poll(() => changesSince(from)).toEqual(expected);
};

const strangersPage = async (name: string): Promise<Page> => {
  const page = await browser.newPage();
  await page.goto(`http://${name}:${(stranger.address() as AddressInfo).port}/`);
  await page.addScriptTag({ path: ATTACKS });
  return page;
};

describe.each(['127.0.0.1', 'localhost', 'ours.test'])('the service at %s', (ours) => {
  it.each(['evil.test', '127.0.0.1'])('is not changed and not read by a page of %s', async (name) => {
    const page = await strangersPage(name);
    const [before, from] = [await state(), service.log.length];
    await attack(page, `http://${ours}:${port}`, 'no-cors');
    await expectRefusals(from, refused(posts, 'ORIGIN_NOT_ALLOWED', WAYS));
    expect(await readFrom(page, `http://${ours}:${port}`)).not.toMatch(SECRETS);
    expect(await state()).toEqual(before);
    await page.close();
  });

  it('is served to its own page', async () => {
    const page = await browser.newPage();
    await page.goto(`http://${ours}:${port}/docs`);
    const [status, text] = await page.evaluate(async (instance) => {
      const reset = await fetch('/api/metrics/reset', { method: 'POST' });
      return [reset.status, await (await fetch(`/api/instances/${instance ?? ''}?include=secrets`)).text()] as const;
    }, ids['instances']);
    expect(status).toBe(200);
    expect(text).toContain(TOKEN);
    await page.close();
  });
});

describe("a stranger's name that leads to the service", () => {
  it('changes nothing and reads nothing, though the browser takes all of it for one site', async () => {
    const [page, origin] = [reboundPage, `http://rebound.test:${port}`];
    const [before, from] = [await state(), service.log.length];
    await attack(page, origin, 'same-origin');
    await expectRefusals(from, {
      ...refused(changing, 'HOST_NOT_ALLOWED', 1),
      ...refused(posts, 'HOST_NOT_ALLOWED', WAYS),
    });
    const answers = await page.evaluate(
      async ({ urls, host }) =>
        Promise.all(
          urls.map(async (url) => {
            // a page may set these for its own site
            const headers = { 'x-forwarded-host': host, 'content-type': 'application/json' };
            const answer = await fetch(url, { headers });
            return [answer.status, await answer.text()] as const;
          }),
        ),
      { urls: secretsAt(origin), host: `127.0.0.1:${port}` },
    );
    expect(answers.map(([status]) => status)).toEqual([403, 403, 403]);
    expect(answers.join()).not.toMatch(SECRETS);
    expect(await readFrom(page, origin)).not.toMatch(SECRETS);
    expect(await state()).toEqual(before);
    await page.close();
  });
});
