/**
 * Every route that the router has, asked as a page of strangers in a browser makes it ask: under a name of theirs, and from an
 * origin of theirs. `npm run test:browser` does the same with a real browser.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiDocument } from '../support/api-document.js';
import type { TestDatabase } from '../support/empty-database.js';
import { send, sendBytes, type RawAnswer } from '../support/raw-http.js';
import { registeredRoutes, samplePath, type RegisteredRoute } from '../support/registered-routes.js';
import { startService } from '../support/service-in-process.js';
import { createTestDatabase } from '../support/test-database.js';

const PROBES = ['/health/live', '/health/ready', '/health/startup'];
const CHANGES_NOTHING = ['GET', 'HEAD', 'OPTIONS'];

/** What no route answers, which is refused before that is known. */
const NO_ROUTES: RegisteredRoute[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'].flatMap(
  (method) =>
    ['/', '/nothing', '/api/instances', '/health/live', '/%', '//health/live'].map((path) => ({ method, path })),
);

const FOREIGN_HOSTS = [
  ...[
    'evil.example',
    'evil.example:3000',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'localhost@evil.example',
  ],
  ...['0.0.0.0', '10.0.0.9:3000', '[::2]', 'a b'],
];

/** Each kind that a page may send without asking first, and JSON. */
const BODIES: { headers: Record<string, string>; body?: string }[] = [
  { headers: {} },
  { headers: { 'content-type': 'text/plain' }, body: '{}' },
  { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'a=b' },
  { headers: { 'content-type': 'multipart/form-data; boundary=x' }, body: '--x--' },
  { headers: { 'content-type': 'application/json' }, body: '{}' },
];

let database: TestDatabase;
let service: Awaited<ReturnType<typeof startService>>;
let ourHost: string;
let everywhere: RegisteredRoute[];

beforeAll(async () => {
  database = await createTestDatabase();
  service = await startService(database.url, {
    server: { allowedHosts: ['gpu.lan', '10.1.0.0/16'], trustProxy: ['127.0.0.1'] },
    // a stream that is let in is answered, and does not stay open
    waiting: { maxStreams: 0 },
  });
  ourHost = `127.0.0.1:${service.port}`;
  everywhere = [...registeredRoutes(service.app), ...NO_ROUTES];
});
afterAll(async () => {
  await service.app.close();
  await database.drop();
});

const ask = (route: RegisteredRoute, headers: Record<string, string>, body?: string): Promise<RawAnswer> =>
  send(service.port, {
    method: route.method,
    path: samplePath(route),
    headers,
    ...(body === undefined ? {} : { body }),
  });

/** An answer to HEAD has no body to hold a code. */
const expectRefused = (answer: RawAnswer, { method, path }: RegisteredRoute, code: string, how: unknown): void => {
  const said = method === 'HEAD' ? undefined : (answer.json as { code?: string } | null)?.code;
  expect([method, path, how, answer.status, said]).toEqual([
    method,
    path,
    how,
    403,
    method === 'HEAD' ? undefined : code,
  ]);
};

const isProbe = ({ method, path }: RegisteredRoute): boolean =>
  PROBES.includes(path) && ['GET', 'HEAD'].includes(method);

it('the walk below has every documented operation, and the pages about them', () => {
  const walked = registeredRoutes(service.app).map(({ method, path }) => `${method} ${path}`);
  const documented = ApiDocument.load().operations.map(
    ({ method, path }) => `${method} ${path.replace(/\{(\w+)\}/g, ':$1')}`,
  );
  expect(walked).toEqual(expect.arrayContaining([...documented, 'GET /docs', 'GET /docs-json', 'GET /docs/errors']));
});

describe('a name that is not ours', () => {
  it.each(FOREIGN_HOSTS)('%j is refused on every route but the probes, which tell no secret', async (host) => {
    await Promise.all(
      everywhere.map(async (route) => {
        const answer = await ask(route, { host });
        if (isProbe(route)) expect([route, answer.status]).toEqual([route, 200]);
        else expectRefused(answer, route, 'HOST_NOT_ALLOWED', host);
      }),
    );
  });

  it('is refused where the target of the request has it, and where a proxy is said to have seen ours', async () => {
    const target = await sendBytes(
      service.port,
      `GET http://evil.example/api/instances HTTP/1.1\r\nHost: ${ourHost}\r\nConnection: close\r\n\r\n`,
    );
    expect(target).toMatch(/^HTTP\/1\.1 403 [^]*"HOST_NOT_ALLOWED"/);
    const route = { method: 'GET', path: '/api/instances' };
    const forwarded = { host: 'evil.example', 'x-forwarded-host': ourHost, forwarded: `host=${ourHost}` };
    expectRefused(await ask(route, forwarded), route, 'HOST_NOT_ALLOWED', forwarded);
  });

  it.each(['gpu.lan', 'GPU.lan:8080', '10.1.2.3:3000', 'localhost', '[::1]:3000', '127.3.2.1'])(
    'is not one of ours, such as %s',
    async (host) => {
      for (const path of ['/api/instances', '/metrics', '/docs', '/docs-json', '/health']) {
        const { status } = await send(service.port, { path, headers: { host } });
        // Novita is not there: /health says so by 503
        expect([path, status]).toEqual([path, path === '/health' ? expect.any(Number) : 200]);
        expect(status).not.toBe(403);
      }
    },
  );
});

describe('a page of another origin', () => {
  const foreign = (): Record<string, string>[] => [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'something new' },
    { 'sec-fetch-site': 'cross-site', origin: `http://${ourHost}` },
    { 'sec-fetch-site': 'same-origin', origin: 'http://evil.example' },
    { origin: 'http://evil.example' },
    { origin: `http://evil.example:${service.port}` },
    // another program on this computer; and the name under which the request is not sent
    { origin: 'http://127.0.0.1:1' },
    { origin: `http://localhost:${service.port}` },
    { origin: 'http://127.0.0.1' },
    { origin: `ftp://${ourHost}` },
    { origin: `http://${ourHost}, http://evil.example` },
    { origin: 'null' },
    { origin: '' },
  ];

  it('changes nothing on any route, by any kind of body', async () => {
    const changing = everywhere.filter(({ method }) => !CHANGES_NOTHING.includes(method));
    expect(changing.length).toBeGreaterThan(20);
    const [crossSite, ...others] = foreign();
    const tries = [
      ...BODIES.map(({ headers, body }) => ({ headers: { ...crossSite, ...headers }, body })),
      ...others.map((headers) => ({ headers, body: undefined })),
    ];
    for (const route of changing) {
      await Promise.all(
        tries.map(async ({ headers, body }) => {
          const answer = await ask(route, { host: ourHost, ...headers }, body);
          expectRefused(answer, route, 'ORIGIN_NOT_ALLOWED', headers);
        }),
      );
    }
  });

  it('may lead a person to a page of ours, and read nothing: no answer has a CORS header', async () => {
    for (const route of everywhere.filter(({ method }) => CHANGES_NOTHING.includes(method))) {
      const { headers, status } = await ask(route, { host: ourHost, origin: 'http://evil.example' });
      expect([route, status]).not.toEqual([route, 403]);
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
      expect(headers['cross-origin-resource-policy']).toBe('same-origin');
    }
  });
});

describe('who is served', () => {
  const reset = { method: 'POST', path: '/api/metrics/reset' };

  it.each<[string, () => Record<string, string>]>([
    ['a program', () => ({ host: ourHost })],
    ['our own page', () => ({ host: ourHost, origin: `http://${ourHost}`, 'sec-fetch-site': 'same-origin' })],
    ['our own page under another name of ours', () => ({ host: 'gpu.lan:8080', origin: 'http://gpu.lan:8080' })],
    [
      'our own page behind TLS',
      () => ({ host: 'gpu.lan', origin: 'https://gpu.lan', 'sec-fetch-site': 'same-origin' }),
    ],
    [
      'our own page behind a proxy that adds the usual port',
      () => ({ host: 'gpu.lan:443', origin: 'https://gpu.lan' }),
    ],
    ['a person who typed the address', () => ({ host: ourHost, 'sec-fetch-site': 'none' })],
  ])('%s', async (_, headers) => {
    expect((await ask(reset, headers())).status).toBe(200);
  });
});
