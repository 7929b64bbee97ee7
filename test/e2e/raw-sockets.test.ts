/**
 * Connections of clients that are slow, broken or gone, written byte by byte. Whoever would answer them (Node's server, its
 * parser, or Fastify), the answer is a problem of ours; and the log says what happened, and nothing worse.
 */
import { Body, Controller, Get, Module, Post } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccessModule } from '../../src/access/access.module.js';
import { createEdge } from '../../src/app.setup.js';
import { RateLimitConfig } from '../../src/config/config.js';
import type { ErrorCode } from '../../src/errors/error-codes.js';
import { EdgeAdapter, LIMITS } from '../../src/http/fastify-adapter.js';
import { LoggingModule } from '../../src/logging/logging.module.js';
import { MetricsModule } from '../../src/metrics/metrics.module.js';
import { eventually } from '../support/eventually.js';
import { TimeModule } from '../support/time.module.js';

@Controller('orders')
class OrdersController {
  @Get()
  list() {
    return [];
  }

  @Post()
  create(@Body() body: unknown) {
    return { body };
  }
}

@Module({
  providers: [{ provide: RateLimitConfig, useValue: { windowMs: 60_000, maxRequests: 100_000 } }],
  exports: [RateLimitConfig],
})
class Given {}

@Module({ controllers: [OrdersController] })
class Rooms {}

type Line = Record<string, unknown>;

const open = async (port: number): Promise<Socket> => {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  await once(socket, 'connect');
  return socket;
};

/** What is answered to these bytes, until the server closes the connection. */
const answerTo = async (port: number, bytes: string): Promise<string> => {
  const socket = await open(port);
  socket.write(bytes, 'latin1');
  const answer = await text(socket);
  socket.destroy();
  return answer;
};

const expectProblem = (answer: string, status: number, code: ErrorCode): void => {
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(head).toMatch(/^content-type: application\/problem\+json/im);
  expect(head).toMatch(/^x-request-id: /im);
  expect(JSON.parse(body)).toMatchObject({ status, code });
};

const HOST = 'Host: localhost\r\n';
const LAST = 'Connection: close\r\n';
const JSON_TYPE = 'Content-Type: application/json\r\n';
const ORDER = `POST /api/orders HTTP/1.1\r\n${HOST}${JSON_TYPE}`;

describe('a connection', () => {
  let app: NestFastifyApplication;
  let port: number;
  const lines: Line[] = [];
  let begun = 0;

  beforeAll(async () => {
    app = await createEdge({
      module: Rooms,
      imports: [
        { module: Given, global: true },
        LoggingModule.forRoot({ level: 'info' }, { write: (line) => void lines.push(JSON.parse(line) as Line) }),
        AccessModule,
        TimeModule,
        MetricsModule.forRoot(),
      ],
    });
    app
      .getHttpAdapter()
      .getInstance()
      .addHook('onRequest', (_request: unknown, _reply: unknown, done: () => void) => {
        begun += 1;
        done();
      });
    await app.listen(0, '127.0.0.1');
    ({ port } = app.getHttpServer().address() as AddressInfo);
  });
  afterAll(() => app.close());

  it.each<[string, string, number, ErrorCode]>([
    ['no Host', `GET /api/orders HTTP/1.1\r\n${LAST}\r\n`, 400, 'VALIDATION_ERROR'],
    ['no Host at a probe', `GET /health/live HTTP/1.1\r\n${LAST}\r\n`, 400, 'VALIDATION_ERROR'],
    ['no Host and a path that cannot be read', `GET /% HTTP/1.1\r\n${LAST}\r\n`, 400, 'VALIDATION_ERROR'],
    ['an empty Host', `GET /api/orders HTTP/1.1\r\nHost:\r\n${LAST}\r\n`, 403, 'HOST_NOT_ALLOWED'],
    ['no Host, as HTTP/1.0 allows', 'GET /api/orders HTTP/1.0\r\n\r\n', 403, 'HOST_NOT_ALLOWED'],
    ['an expectation', `GET /api/orders HTTP/1.1\r\n${HOST}Expect: a-miracle\r\n\r\n`, 417, 'EXPECTATION_FAILED'],
    ['an expectation of a body', `${ORDER}Content-Length: 2\r\nExpect: 200-ok\r\n\r\n`, 417, 'EXPECTATION_FAILED'],
    ['an expectation nowhere', `GET /none HTTP/1.1\r\n${HOST}Expect: x\r\n\r\n`, 417, 'EXPECTATION_FAILED'],
    ['a line of noise', 'HELLO\r\n\r\n', 400, 'VALIDATION_ERROR'],
    ['the greeting of TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400, 'VALIDATION_ERROR'],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'VALIDATION_ERROR'],
    ['a version that is none', `GET /api/orders HTTP/9.9\r\n${HOST}\r\n`, 400, 'VALIDATION_ERROR'],
    ['a method that is none', `FETCH /api/orders HTTP/1.1\r\n${HOST}\r\n`, 400, 'VALIDATION_ERROR'],
    ['a method of WebDAV', `PROPFIND /none HTTP/1.1\r\n${HOST}${LAST}\r\n`, 404, 'NOT_FOUND'],
    ['a tunnel', `CONNECT localhost:443 HTTP/1.1\r\n${HOST}\r\n`, 400, 'VALIDATION_ERROR'],
    ['a header without a name', `GET /api/orders HTTP/1.1\r\n${HOST}: x\r\n\r\n`, 400, 'VALIDATION_ERROR'],
    ['a NUL in a header', `GET /api/orders HTTP/1.1\r\n${HOST}A: \0\r\n\r\n`, 400, 'VALIDATION_ERROR'],
    ['headers without end', `GET / HTTP/1.1\r\n${HOST}A: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'HEADERS_TOO_LARGE'],
    ['two lengths', `${ORDER}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`, 400, 'VALIDATION_ERROR'],
    ['a length that is none', `${ORDER}Content-Length: two\r\n\r\n{}`, 400, 'VALIDATION_ERROR'],
    ['a length and chunks', `${ORDER}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n`, 400, 'VALIDATION_ERROR'],
    ['a chunk that is none', `${ORDER}Transfer-Encoding: chunked\r\n\r\nxyz\r\n`, 400, 'VALIDATION_ERROR'],
    [
      'a chunk with an endless extension',
      `${ORDER}Transfer-Encoding: chunked\r\n\r\n2;${'x'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n`,
      413,
      'PAYLOAD_TOO_LARGE',
    ],
    ['a body that is too long', `${ORDER}Content-Length: 99999999\r\n${LAST}\r\n`, 413, 'PAYLOAD_TOO_LARGE'],
  ])('with %s is answered with a problem', async (_, bytes, status, code) => {
    expectProblem(await answerTo(port, bytes), status, code);
  });

  it('that does what was expected is served', async () => {
    const bytes = `${ORDER}${LAST}Content-Length: 2\r\nExpect: 100-continue\r\n\r\n{}`;
    expect(await answerTo(port, bytes)).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 201 /);
  });

  it('whose second request is broken is told so, after the answer to the first', async () => {
    const socket = await open(port);
    socket.write(`GET /api/orders HTTP/1.1\r\n${HOST}\r\n`);
    const [first] = (await once(socket, 'data')) as [Buffer];
    expect(first.toString()).toMatch(/^HTTP\/1\.1 200 /);
    socket.write('HELLO\r\n\r\n');
    expectProblem(await text(socket), 400, 'VALIDATION_ERROR');
    socket.destroy();
  });

  it.each([
    ['which ends within the headers', `${ORDER}Content-Length: 10\r\n`],
    ['which ends within the body', `${ORDER}Content-Length: 10\r\n\r\n{`],
    ['which ends within a chunk', `${ORDER}Transfer-Encoding: chunked\r\n\r\na\r\n{`],
  ])('%s is told so', async (_, bytes) => {
    const socket = await open(port);
    socket.end(bytes);
    expectProblem(await text(socket), 400, 'REQUEST_ABORTED');
  });

  it.each([
    ['a body of JSON', `${ORDER}Content-Length: 10\r\n\r\n{`],
    ['a body in chunks', `${ORDER}Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n`],
    ['a form', `POST /api/orders HTTP/1.1\r\n${HOST}Content-Type: x/y\r\nContent-Length: 10\r\n\r\na`],
    ['a body for nothing', `POST /none HTTP/1.1\r\n${HOST}${JSON_TYPE}Content-Length: 10\r\n\r\n{`],
  ])('of a client that goes away within %s is logged as that, and as no trouble of ours', async (_, bytes) => {
    lines.length = 0;
    begun = 0;
    const socket = await open(port);
    socket.write(bytes);
    await eventually('the request was begun', () => begun > 0);
    socket.resetAndDestroy();
    const line = await eventually('it is logged', () => lines.find(({ code }) => code !== undefined));
    expect(line).toMatchObject({ level: 'info', msg: 'request without an answer', code: 'REQUEST_ABORTED' });
    expect(lines.filter(({ level }) => level !== 'info')).toEqual([]);
  });
});

describe('a client that is too slow', () => {
  it('is told so when its own time is over, and not with all others at the next look', async () => {
    // the first limit is over long before the second; by Node's own looks, which are 30 s apart, both are over at the first look
    const limits = { ...LIMITS, headersMs: 500, requestMs: 29_000 };
    const adapter = new EdgeAdapter(() => undefined, [], limits);
    const fastify = adapter.getInstance();
    fastify.post('/', (_request, reply) => reply.send('served'));
    await fastify.listen({ port: 0, host: '127.0.0.1' });
    const { port } = fastify.server.address() as AddressInfo;

    const slow = await open(port);
    slow.write(`POST / HTTP/1.1\r\n${HOST}`);
    const slower = await open(port);
    slower.write(`POST / HTTP/1.1\r\n${HOST}${LAST}${JSON_TYPE}Content-Length: 2\r\n\r\n{`);
    const again = await open(port);
    again.write(`POST / HTTP/1.1\r\n${HOST}\r\n`);
    expect(String(await once(again, 'data'))).toMatch(/^HTTP\/1\.1 200 /);
    again.write(`POST / HTTP/1.1\r\n${HOST}`);

    for (const answer of await Promise.all([slow, again].map(text))) expectProblem(answer, 408, 'REQUEST_TIMEOUT');
    slower.write('}');
    expect(await text(slower)).toMatch(/^HTTP\/1\.1 200 /);
    for (const socket of [slow, slower, again]) socket.destroy();
    await fastify.close();
  });
});
