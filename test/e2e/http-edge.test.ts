/**
 * The edge over real connections, around two small rooms of the test's own and around the service: what is answered to
 * requests that are wrong in every way we know, and what every answer carries.
 */
import { Body, Controller, Get, Logger, Module, Param, Post, Query } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccessModule } from '../../src/access/access.module.js';
import { createEdge } from '../../src/app.setup.js';
import { RateLimitConfig } from '../../src/config/config.js';
import { DomainError } from '../../src/errors/domain-error.js';
import { ERROR_CODES } from '../../src/errors/error-codes.js';
import { Cursor, textField } from '../../src/http/cursor.js';
import type { EdgeAdapter } from '../../src/http/fastify-adapter.js';
import { ListOf } from '../../src/http/input-shape.js';
import { PageQuery } from '../../src/http/page-query.dto.js';
import { LoggingModule } from '../../src/logging/logging.module.js';
import { MetricsModule } from '../../src/metrics/metrics.module.js';
import { eventually } from '../support/eventually.js';
import { send, sendBytes, type RawAnswer, type RawRequest } from '../support/raw-http.js';
import { startService } from '../support/service-in-process.js';
import type { ConfigChanges } from '../support/test-config.js';
import type { TestDatabase } from '../support/empty-database.js';
import { createTestDatabase } from '../support/test-database.js';
import { TimeModule } from '../support/time.module.js';

class Port {
  @IsInt()
  @Min(1)
  @Max(65_535)
  port!: number;
}

class Order {
  @IsString()
  @MaxLength(20)
  name!: string;

  @IsOptional()
  @IsInt()
  @Min(1)
  gpuNum?: number;

  @IsOptional()
  @ListOf(() => Port, 3)
  ports?: Port[];
}

const SECRET = 'hunter2-of-the-database';

@Controller('orders')
class OrdersController {
  /** What came through the edge. */
  static readonly seen: unknown[] = [];

  @Post()
  create(@Body() order: Order) {
    OrdersController.seen.push(order);
    return order;
  }

  @Get()
  list(@Query() query: PageQuery) {
    if (query.cursor !== undefined) new Cursor<{ id: string }>({ id: textField() }).decode(query.cursor);
    return query;
  }

  @Get(':order')
  read(@Param('order') order: string) {
    return { order };
  }

  @Post(':order/start')
  start(@Param('order') order: string) {
    return { order };
  }
}

const FAILURES: Record<string, () => Error> = {
  bug: () => new TypeError(`cannot read ${SECRET}`),
  outage: () => Object.assign(new Error(`terminating ${SECRET}`), { code: '57P01', severity: 'FATAL' }),
  refused: () =>
    Object.assign(new Error(`connect ECONNREFUSED ${SECRET}`), { code: 'ECONNREFUSED', syscall: 'connect' }),
  soon: () => new DomainError('SERVICE_UNAVAILABLE', 'Soon.', { retryAfterSeconds: 0.2 }),
  later: () => new DomainError('SERVICE_UNAVAILABLE', 'Later.', { retryAfterSeconds: 6.1 }),
  wrapped: () => new Error(SECRET, { cause: new Error('Connection terminated unexpectedly') }),
  axios: () => Object.assign(new Error('upstream'), { config: { headers: { authorization: SECRET } } }),
  conflict: () =>
    new DomainError('ACTION_NOT_ALLOWED', 'Not now.', { allowedActions: ['stop'], instanceId: 'ins_1', cause: SECRET }),
};

@Controller('failures')
class FailuresController {
  @Get(':kind')
  fail(@Param('kind') kind: string): never {
    new Logger('failures').log('asked to fail');
    throw FAILURES[kind]?.() ?? new Error('no such failure');
  }
}

interface Edge {
  app: NestFastifyApplication;
  port: number;
  log: () => Record<string, unknown>[];
}

const startEdge = async (maxRequests: number): Promise<Edge> => {
  const lines: string[] = [];
  const rateLimit = { windowMs: 60_000, maxRequests };
  @Module({ providers: [{ provide: RateLimitConfig, useValue: rateLimit }], exports: [RateLimitConfig] })
  class Given {}
  @Module({ controllers: [OrdersController, FailuresController] })
  class Rooms {}
  const app = await createEdge({
    module: Rooms,
    imports: [
      { module: Given, global: true },
      LoggingModule.forRoot({ level: 'info' }, { write: (line) => void lines.push(line) }),
      AccessModule,
      TimeModule,
      MetricsModule.forRoot(),
    ],
  });
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  return { app, port, log: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
};

const json = (body: unknown): Pick<RawRequest, 'method' | 'headers' | 'body'> => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

const order = (body: unknown): RawRequest => ({ path: '/api/orders', ...json(body) });

/** Every refusal is a whole problem, whoever raised it. */
const expectProblem = (answer: RawAnswer, status: number, code: keyof typeof ERROR_CODES): void => {
  expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  expect(answer.json).toMatchObject({
    type: `/docs/errors#${code}`,
    title: ERROR_CODES[code].title,
    status,
    code,
    retryable: ERROR_CODES[code].retryable,
    requestId: answer.headers['x-request-id'],
  });
  expect(answer.status).toBe(status);
};

const faultsOf = (answer: RawAnswer): { pointer: string; detail: string }[] =>
  (answer.json as { errors: { pointer: string; detail: string }[] }).errors;
const pointersOf = (answer: RawAnswer): string[] => faultsOf(answer).map(({ pointer }) => pointer);

describe('the edge', () => {
  let edge: Edge;

  beforeAll(async () => {
    edge = await startEdge(100_000);
  });

  afterAll(() => edge.app.close());

  describe('refuses a body', () => {
    const nested = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;

    it.each<[string, RawRequest, number, keyof typeof ERROR_CODES, string[]]>([
      ['with an unknown field', order({ name: 'a', gpus: 1 }), 400, 'VALIDATION_ERROR', ['/gpus']],
      ['with a field of the wrong type', order({ name: 5 }), 400, 'VALIDATION_ERROR', ['/name']],
      ['with text for a number', order({ name: 'a', gpuNum: '1' }), 400, 'VALIDATION_ERROR', ['/gpuNum']],
      ['with a number that is too small', order({ name: 'a', gpuNum: 0 }), 400, 'VALIDATION_ERROR', ['/gpuNum']],
      ['without a required field', order({}), 400, 'VALIDATION_ERROR', ['/name']],
      ['that is missing', { path: '/api/orders', method: 'POST' }, 400, 'VALIDATION_ERROR', ['/name']],
      ['with two wrong fields', order({ gpuNum: 0 }), 400, 'VALIDATION_ERROR', ['/name', '/gpuNum']],
      [
        'with a wrong field inside',
        order({ name: 'a', ports: [{ port: 1 }, { port: 0 }] }),
        400,
        'VALIDATION_ERROR',
        ['/ports/1/port'],
      ],
      [
        'with an unknown field inside',
        order({ name: 'a', ports: [{ port: 1, x: 1 }] }),
        400,
        'VALIDATION_ERROR',
        ['/ports/0/x'],
      ],
      ['with a scalar for an object', order({ name: 'a', ports: [7] }), 400, 'VALIDATION_ERROR', ['/ports/0']],
      ['with an object for a list', order({ name: 'a', ports: { port: 1 } }), 400, 'VALIDATION_ERROR', ['/ports']],
      ['that is a list', order([{ name: 'a' }]), 400, 'VALIDATION_ERROR', ['']],
      ['that is a number', order('5'), 400, 'VALIDATION_ERROR', ['']],
      ['that is null', order('null'), 400, 'VALIDATION_ERROR', ['']],
      ['with a NUL character', order({ name: 'a\0b' }), 400, 'VALIDATION_ERROR', ['/name']],
      ['with a NUL character in a name', order({ 'a\0': 1 }), 400, 'VALIDATION_ERROR', ['/a\0']],
      ['with half a surrogate pair', order('{"name":"\\ud800"}'), 400, 'VALIDATION_ERROR', ['/name']],
      ['with the name constructor', order('{"name":"a","constructor":{}}'), 400, 'VALIDATION_ERROR', ['/constructor']],
      ['with the name toString', order('{"name":"a","toString":1}'), 400, 'VALIDATION_ERROR', ['/toString']],
      ['with the name __proto__', order('{"name":"a","__proto__":{"x":1}}'), 400, 'VALIDATION_ERROR', ['/__proto__']],
      [
        'with such a name inside',
        order('{"name":"a","ports":[{"port":1,"__proto__":{"port":0}}]}'),
        400,
        'VALIDATION_ERROR',
        ['/ports/0/__proto__'],
      ],
      ['with a slash in a name', order({ name: 'a', 'x/y~z': 1 }), 400, 'VALIDATION_ERROR', ['/x~1y~0z']],
      ['of 40 KB of brackets', order(nested(20_000)), 400, 'MALFORMED_JSON', ['']],
      ['33 levels deep', order(nested(33)), 400, 'MALFORMED_JSON', ['']],
      ['32 levels deep, which may be, that is a list', order(nested(32)), 400, 'VALIDATION_ERROR', ['']],
      ['with 5,001 values', order(Array(5_000).fill(1)), 400, 'VALIDATION_ERROR', ['']],
      ['with 5,000 values, which may be, that is a list', order(Array(4_999).fill(1)), 400, 'VALIDATION_ERROR', ['']],
      ['that is broken JSON', order('{"name":'), 400, 'MALFORMED_JSON', ['']],
      ['that is not UTF-8', { ...order(''), body: Buffer.from([0x22, 0xff, 0x22]) }, 400, 'MALFORMED_JSON', ['']],
    ])('%s', async (_, request, status, code, pointers) => {
      const seenBefore = OrdersController.seen.length;
      const answer = await send(edge.port, request);
      expectProblem(answer, status, code);
      expect(pointersOf(answer)).toEqual(pointers);
      // what a person is told about each
      expect(faultsOf(answer)).toMatchSnapshot();
      expect(OrdersController.seen).toHaveLength(seenBefore);
    });

    it('of 65 KB', async () => {
      expectProblem(await send(edge.port, order({ name: 'x'.repeat(65 * 1024) })), 413, 'PAYLOAD_TOO_LARGE');
    });

    it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/xml', 'application/json x', 'nonsense'])(
      'of type %s',
      async (type) => {
        const answer = await send(edge.port, { ...order({ name: 'a' }), headers: { 'content-type': type } });
        expectProblem(answer, 415, 'UNSUPPORTED_MEDIA_TYPE');
      },
    );

    it('without quoting it', async () => {
      const answer = await send(edge.port, order(`{"name": ${SECRET}`));
      expect(answer.text).not.toContain(SECRET);
    });
  });

  it('lets a good body through', async () => {
    const body = { name: 'é', gpuNum: 2, ports: [{ port: 8080 }] };
    const answer = await send(edge.port, order(body));
    expect([answer.status, answer.json]).toEqual([201, body]);
  });

  describe('takes an empty body for none, whatever type it is said to have', () => {
    const types = ['application/json', 'application/x-www-form-urlencoded', 'text/plain', 'nonsense', '', undefined];
    const lengths = [{}, { 'content-length': '0' }, { 'transfer-encoding': 'chunked' }] as Record<string, string>[];
    const encodings = [{}, { 'content-encoding': 'gzip' }] as Record<string, string>[];

    it.each(types)('%j', async (type) => {
      for (const headers of lengths.flatMap((length) => encodings.map((encoding) => ({ ...length, ...encoding })))) {
        const typed = { ...headers, ...(type !== undefined && { 'content-type': type }) };
        const started = await send(edge.port, { method: 'POST', path: '/api/orders/7/start', headers: typed });
        expect([started.status, started.json], JSON.stringify(headers)).toEqual([201, { order: '7' }]);
        const lacking = await send(edge.port, { method: 'POST', path: '/api/orders', headers: typed });
        expectProblem(lacking, 400, 'VALIDATION_ERROR');
        expect(pointersOf(lacking)).toEqual(['/name']);
      }
    });
  });

  it.each(['gzip', 'GZIP', 'br', 'zstd', 'gzip, identity', 'anything'])(
    'says of a body with the encoding %j that it is encoded, and not that it is broken',
    async (encoding) => {
      const headers = { 'content-type': 'application/json', 'content-encoding': encoding };
      const answer = await send(edge.port, { ...order({ name: 'a' }), headers, body: gzipSync('{"name":"a"}') });
      expectProblem(answer, 415, 'UNSUPPORTED_MEDIA_TYPE');
      expect(pointersOf(answer)).toEqual(['#header/content-encoding']);
      expect((answer.json as { detail: string }).detail).toContain('Content-Encoding');
    },
  );

  it('takes a body that is encoded by nothing', async () => {
    const headers = { 'content-type': 'application/json', 'content-encoding': 'identity' };
    expect((await send(edge.port, { ...order({ name: 'a' }), headers })).status).toBe(201);
  });

  describe('refuses a query', () => {
    it.each([
      ['limit=0', '?limit'],
      ['limit=101', '?limit'],
      ['limit=ten', '?limit'],
      ['limit=', '?limit'],
      ['limit=1&limit=2', '?limit'],
      ['cursor=nonsense', '?cursor'],
      ['cursor=a&cursor=b', '?cursor'],
      ['cursor=a%00', '?cursor'],
      ['page=2', '?page'],
      ['__proto__=1', '?__proto__'],
      ['constructor=1', '?constructor'],
    ])('%s', async (query, pointer) => {
      const answer = await send(edge.port, { path: `/api/orders?${query}` });
      expectProblem(answer, 400, 'VALIDATION_ERROR');
      expect(pointersOf(answer)).toEqual([pointer]);
    });
  });

  it('reads a query', async () => {
    expect((await send(edge.port, { path: '/api/orders' })).json).toEqual({ limit: 20 });
    expect((await send(edge.port, { path: '/api/orders?limit=7' })).json).toEqual({ limit: 7 });
  });

  describe('answers a path that is odd', () => {
    it.each<[string, number, keyof typeof ERROR_CODES]>([
      ['/', 404, 'NOT_FOUND'],
      ['/api', 404, 'NOT_FOUND'],
      ['/api/nothing', 404, 'NOT_FOUND'],
      ['/orders', 404, 'NOT_FOUND'],
      ['/api/orders/', 404, 'NOT_FOUND'],
      ['/api//orders', 404, 'NOT_FOUND'],
      ['/API/ORDERS', 404, 'NOT_FOUND'],
      ['/api/orders;x=1', 404, 'NOT_FOUND'],
      ['/api/orders/../../etc/passwd', 404, 'NOT_FOUND'],
      ['/api/%2e%2e/orders', 404, 'NOT_FOUND'],
      ['/docs/..%2f..%2fpackage.json', 404, 'NOT_FOUND'],
      ['/docs/../../../package.json', 404, 'NOT_FOUND'],
      ['/docs/.git/config', 404, 'NOT_FOUND'],
      ['*api/orders', 404, 'NOT_FOUND'],
      ['/%', 400, 'VALIDATION_ERROR'],
      ['/api/orders/%ff', 400, 'VALIDATION_ERROR'],
      ['/api/orders/%E0%A4%A', 400, 'VALIDATION_ERROR'],
      ['/api/orders/a%00b', 400, 'VALIDATION_ERROR'],
      [`/api/orders/${'x'.repeat(101)}`, 414, 'URI_TOO_LONG'],
      [`/api/orders?cursor=${'x'.repeat(2_100)}`, 414, 'URI_TOO_LONG'],
    ])('%s', async (path, status, code) => {
      expectProblem(await send(edge.port, { path }), status, code);
    });
  });

  it.each(['DELETE', 'PUT', 'PATCH'])(
    'says which methods a route answers when it does not answer %s',
    async (method) => {
      const answer = await send(edge.port, { method, path: '/api/orders' });
      expectProblem(answer, 405, 'METHOD_NOT_ALLOWED');
      expect(answer.headers.allow).toBe('GET, HEAD, POST');
    },
  );

  describe('tells of a failure', () => {
    it.each<[string, number, keyof typeof ERROR_CODES]>([
      ['bug', 500, 'INTERNAL_SERVER_ERROR'],
      ['axios', 500, 'INTERNAL_SERVER_ERROR'],
      ['outage', 503, 'SERVICE_UNAVAILABLE'],
      ['refused', 503, 'SERVICE_UNAVAILABLE'],
      ['wrapped', 503, 'SERVICE_UNAVAILABLE'],
      ['conflict', 409, 'ACTION_NOT_ALLOWED'],
    ])('%s: its code, and nothing from inside', async (kind, status, code) => {
      const answer = await send(edge.port, { path: `/api/failures/${kind}?token=${SECRET}` });
      expectProblem(answer, status, code);
      expect(answer.text).not.toContain(SECRET);
      expect(answer.headers['retry-after']).toBe(status === 503 ? '2' : undefined);
    });

    it.each([
      ['soon', '1'],
      ['later', '7'],
    ])('and never that the caller may come back before that: %s', async (kind, seconds) => {
      const { headers } = await send(edge.port, { path: `/api/failures/${kind}` });
      expect(headers['retry-after']).toBe(seconds);
    });

    it('with what the caller may do instead', async () => {
      const { json: problem } = await send(edge.port, { path: '/api/failures/conflict' });
      expect(problem).toMatchObject({ detail: 'Not now.', allowedActions: ['stop'], instanceId: 'ins_1' });
    });

    it('and logs it with the id, without what clients of Novita carry in their errors', async () => {
      const answer = await send(edge.port, { path: '/api/failures/axios' });
      const line = edge.log().find((entry) => entry['requestId'] === answer.headers['x-request-id'] && entry['err']);
      expect(line).toMatchObject({ level: 'error', err: { type: 'Error', message: 'upstream' } });
      expect(JSON.stringify(line)).not.toContain(SECRET);
    });
  });

  describe('answers what is not HTTP', () => {
    it.each([
      ['a line of noise', 'HELLO\r\n\r\n', 400, 'VALIDATION_ERROR'],
      ['endless headers', `GET / HTTP/1.1\r\nhost: x\r\na: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'HEADERS_TOO_LARGE'],
    ])('such as %s', async (_, bytes, status, code) => {
      const text = await sendBytes(edge.port, bytes);
      expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      expect(text).toContain('content-type: application/problem+json');
      expect(JSON.parse(text.slice(text.indexOf('\r\n\r\n')))).toMatchObject({ status, code });
    });
  });

  describe('marks every answer', () => {
    const answers: RawRequest[] = [
      { path: '/api/orders' },
      { path: '/nothing' },
      { path: '/%' },
      { path: '/metrics' },
      order('{'),
      order({ name: 'x'.repeat(70_000) }),
      { path: '/api/failures/bug' },
      { path: '/docs' },
      { path: '/docs-json' },
    ];

    it.each(answers)('with an id and headers that protect it: $method $path', async (request) => {
      const answer = await send(edge.port, request);
      expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
      expect(answer.headers['cache-control']).toBe('no-store');
      expect(answer.headers['x-content-type-options']).toBe('nosniff');
      expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
      expect(answer.headers['content-security-policy']).toContain("frame-ancestors 'none'");
      expect(answer.headers['x-powered-by']).toBeUndefined();
    });

    it('with the id that the sender chose, when it is safe to repeat', async () => {
      for (const path of ['/api/orders', '/nothing', '/%']) {
        const answer = await send(edge.port, { path, headers: { 'x-request-id': 'order-7_a.b' } });
        expect(answer.headers['x-request-id']).toBe('order-7_a.b');
      }
    });

    it.each(['', 'a b', '"}', 'x'.repeat(65), 'é'])('with an id of ours instead of %j', async (id) => {
      const answer = await send(edge.port, {
        path: '/api/orders',
        headers: { 'x-request-id': Buffer.from(id).toString('latin1') },
      });
      expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    });

    it.each([
      ['/api/orders', { method: 'GET', route: '/api/orders', status: 200 }],
      ['/api/orders/17?x=1', { method: 'GET', route: '/api/orders/:order', status: 200 }],
      ['/nothing/at/all', { method: 'GET', route: null, status: 404, code: 'NOT_FOUND' }],
      ['/%', { route: null, status: 400, code: 'VALIDATION_ERROR' }],
      ['/metrics', { route: '/metrics', status: 200 }],
    ])('with one line in the log that holds no path: %s', async (path, expected) => {
      const answer = await send(edge.port, { path });
      const id = answer.headers['x-request-id'];
      await expect.poll(() => edge.log().filter((line) => line['requestId'] === id)).toHaveLength(1);
      const line = edge.log().find((entry) => entry['requestId'] === id);
      expect(line).toMatchObject({ level: 'info', msg: 'request', ms: expect.any(Number) as number, ...expected });
      expect(JSON.stringify(line)).not.toMatch(/orders\/17|at\/all|headers|user-agent/);
    });
  });

  it.each([
    ['bug', 500],
    ['outage', 503],
  ])(
    'warns in its log of a failure of its own (%s), and every line says which request it belongs to',
    async (kind, status) => {
      const answer = await send(edge.port, { path: `/api/failures/${kind}` });
      const lines = () => edge.log().filter((line) => line['requestId'] === answer.headers['x-request-id']);
      await expect.poll(lines).toContainEqual(expect.objectContaining({ level: 'warn', msg: 'request', status }));
      expect(lines()).toContainEqual(expect.objectContaining({ level: 'info', msg: 'asked to fail' }));
    },
  );

  it('counts requests by route template', async () => {
    await send(edge.port, { path: '/api/orders/19' });
    await send(edge.port, { path: '/wp-login.php' });
    const { text, headers } = await send(edge.port, { path: '/metrics' });
    expect(headers['content-type']).toMatch(/^text\/plain; version=0.0.4/);
    expect(text).toMatch(/^http_requests_total\{method="GET",route="\/api\/orders\/:order",status="200"\} \d+$/m);
    expect(text).toMatch(/^http_request_duration_seconds_count\{method="GET",route="none",status="404"\} \d+$/m);
    expect(text).toMatch(/^process_cpu_user_seconds_total /m);
    expect(text).not.toContain('wp-login');
  });
});

describe('an edge that leaves', () => {
  it('serves on, with each answer the last one on its connection, and at the end only who is connected', async () => {
    const { app, port } = await startEdge(100);
    const adapter = app.getHttpAdapter() as unknown as EdgeAdapter;
    const ask = () => send(port, { path: '/api/orders', headers: { connection: 'keep-alive' } });
    expect((await ask()).headers.connection).toBe('keep-alive');
    adapter.closeConnectionsAfterAnswers();
    expect(await ask()).toMatchObject({ status: 200, headers: { connection: 'close' } });

    // as a proxy that has just connected, and will send in a moment
    const connected = connect(port, '127.0.0.1');
    await once(connected, 'connect');
    let gone = false;
    const refusing = adapter.refuseConnections(60_000).then(() => (gone = true));
    await eventually('new connections are refused', () =>
      ask().then(
        () => false,
        (error: unknown) => (error as NodeJS.ErrnoException).code === 'ECONNREFUSED',
      ),
    );
    expect(gone).toBe(false);
    connected.write('GET /api/orders HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect(await text(connected)).toMatch(/^HTTP\/1\.1 200 [^]*\r\nconnection: close\r\n/i);
    await refusing;
    await app.close();
  });
});

describe('a client that asks too often', () => {
  const LIMIT = 6;
  let edge: Edge;

  beforeAll(async () => {
    edge = await startEdge(LIMIT);
  });

  afterAll(() => edge.app.close());

  it('sees its allowance shrink over all routes, is told how long to wait, and may still ask for metrics and docs', async () => {
    // one bucket: another route, a route that is not there, and a body that is broken all count
    const requests: RawRequest[] = [
      { path: '/api/orders' },
      { path: '/api/orders/1' },
      { path: '/nothing' },
      order('{'),
    ];
    for (const [index, request] of requests.entries()) {
      const { headers } = await send(edge.port, request);
      expect(headers['ratelimit-policy']).toBe(`"default";q=${LIMIT};w=60`);
      expect(headers['ratelimit']).toMatch(new RegExp(`^"default";r=${LIMIT - index - 1};t=\\d+$`));
    }
    for (const path of ['/metrics', '/docs', '/docs-json', '/docs/errors']) {
      const { status, headers } = await send(edge.port, { path });
      expect([path, status, headers['ratelimit']]).toEqual([path, 200, undefined]);
    }
    await send(edge.port, { path: '/api/orders' });
    expect((await send(edge.port, { path: '/api/orders' })).status).toBe(200);

    const refused = await send(edge.port, { path: '/api/orders' });
    expectProblem(refused, 429, 'RATE_LIMIT_EXCEEDED');
    const wait = Number(refused.headers['retry-after']);
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(60);
    expect(refused.headers['ratelimit']).toBe(`"default";r=0;t=${wait}`);
  });

  it('is not believed when it says that it is somebody else', async () => {
    const strict = await startEdge(LIMIT);
    try {
      for (let asked = 1; asked <= LIMIT; asked += 1) {
        const headers = { 'x-forwarded-for': `203.0.113.${asked}` };
        expect(leftTo(await send(strict.port, { path: '/api/orders', headers }))).toBe(LIMIT - asked);
      }
    } finally {
      await strict.app.close();
    }
  });
});

describe('the service', () => {
  let database: TestDatabase;
  let app: NestFastifyApplication;
  let port: number;

  beforeAll(async () => {
    database = await createTestDatabase();
    ({ app, port } = await startService(database.url, withLimit(1_000)));
  });

  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  it('writes nothing when a create is wrong', async () => {
    const wrong = [{}, { name: 'a b' }, { name: 'a', gpuNum: 0 }, { name: 'a', unknown: 1 }, []];
    for (const body of wrong) {
      const answer = await send(port, { path: '/api/instances', ...json(body) });
      expectProblem(answer, 400, 'VALIDATION_ERROR');
      expect(pointersOf(answer).length).toBeGreaterThan(0);
    }
    expect((await send(port, { path: '/api/instances' })).json).toMatchObject({ data: [] });
  });

  it('has no instance of an unknown id', async () => {
    for (const id of ['nobody', 'ins_01JDB3Q3ZC4W8W1Q2J6V5K7N9M', "a'--", '%F0%9F%92%A9']) {
      expectProblem(await send(port, { path: `/api/instances/${id}` }), 404, 'INSTANCE_NOT_FOUND');
    }
  });

  it('shows Swagger UI under a policy of its own, and the document', async () => {
    const page = await send(port, { path: '/docs' });
    expect(page.text).toContain('swagger-ui-bundle.js');
    expect(page.headers['content-security-policy']).toContain("script-src 'self'");
    expect((await send(port, { path: '/docs/swagger-ui-bundle.js' })).status).toBe(200);
    const document = (await send(port, { path: '/docs-json' })).json as { openapi: string; paths: object };
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths)).toContain('/api/instances');
  });

  it.each(['/health', '/health/live', '/health/ready', '/health/startup', '/metrics', '/docs', '/docs-json'])(
    'does not count who asks for %s',
    async (path) => {
      const { status, headers } = await send(port, { path });
      expect([status, headers['ratelimit']]).toEqual([200, undefined]);
    },
  );

  it('counts a client over all replicas', async () => {
    const limit = 20;
    const config = { ...withLimit(limit), server: { trustProxy: ['127.0.0.1'] } };
    const replicas = await Promise.all([startService(database.url, config), startService(database.url, config)]);
    const [one, other] = replicas.map((replica) => replica.port);
    let clients = 0;
    try {
      // while the database is slow each goes by its own count, so a new client asks until it is not
      await eventually('the other has counted what the one was asked', async () => {
        clients += 1;
        const headers = { 'x-forwarded-for': `203.0.${clients >> 8}.${clients & 255}` };
        await send(one ?? 0, { path: '/api/instances', headers });
        return leftTo(await send(other ?? 0, { path: '/api/instances', headers })) === limit - 2;
      });
    } finally {
      await Promise.all(replicas.map((replica) => replica.app.close()));
    }
  });

  it('counts by what a proxy of ours says about who is asking', async () => {
    const limit = 3;
    const behind = await startService(database.url, {
      ...withLimit(limit),
      server: { trustProxy: ['127.0.0.1', '10.0.0.0/8'] },
    });
    const askFrom = (forwarded: string): Promise<RawAnswer> =>
      send(behind.port, { path: '/api/instances', headers: { 'x-forwarded-for': forwarded } });
    try {
      expect(leftTo(await askFrom('203.0.113.1'))).toBe(limit - 1);
      // what the client itself puts in front of that changes nothing, nor do more proxies of ours behind it
      expect(leftTo(await askFrom('198.51.100.7, 203.0.113.1'))).toBe(limit - 2);
      expect(leftTo(await askFrom('198.51.100.8, 203.0.113.1, 10.1.2.3'))).toBe(limit - 3);
      expectProblem(await askFrom('203.0.113.1'), 429, 'RATE_LIMIT_EXCEEDED');
      expect(leftTo(await askFrom('203.0.113.2'))).toBe(limit - 1);
      // a household has a whole /64 of IPv6, and is one client
      expect(leftTo(await askFrom('2001:db8:1:2::1'))).toBe(limit - 1);
      expect(leftTo(await askFrom('2001:db8:1:2:ffff:ffff:ffff:ffff'))).toBe(limit - 2);
      expect(leftTo(await askFrom('2001:db8:1:3::1'))).toBe(limit - 1);
    } finally {
      await behind.app.close();
    }
  });

  it('says that its database is gone, as a problem that may be retried', async () => {
    const doomed = await createTestDatabase();
    const service = await startService(doomed.url, withLimit(1_000));
    try {
      await doomed.drop();
      const refused = await send(service.port, { path: '/api/instances' });
      expectProblem(refused, 503, 'SERVICE_UNAVAILABLE');
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
      expect(refused.headers['ratelimit']).toMatch(/^"default";r=\d+;t=\d+$/);
    } finally {
      await service.app.close();
    }
  });
});

/** How many requests the client may still make, by the header of this answer. */
function leftTo({ headers }: RawAnswer): number {
  return Number(/r=(\d+)/.exec(String(headers['ratelimit']))?.[1]);
}

function withLimit(maxRequests: number): ConfigChanges {
  return { rateLimit: { windowMs: 60_000, maxRequests } };
}
