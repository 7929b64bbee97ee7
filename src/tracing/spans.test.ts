/** What the spans say, seen where they end. */
import { context, propagation, ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api';
import { NodeTracerProvider, type ReadableSpan } from '@opentelemetry/sdk-trace-node';
import Fastify, { type FastifyInstance } from 'fastify';
import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../test/support/eventually.js';
import { send } from '../../test/support/raw-http.js';
import { noteRefusal } from '../logging/request-log.js';
import { traceRequests } from './http.spans.js';
import { activeTraceParent, contextFrom } from './trace-parent.js';
import { inSpan } from './tracer.js';

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const SECRET = 'hunter2';

const ended: ReadableSpan[] = [];
const provider = new NodeTracerProvider({
  spanProcessors: [
    {
      onStart: () => undefined,
      onEnd: (span) => void ended.push(span),
      forceFlush: () => Promise.resolve(),
      shutdown: () => Promise.resolve(),
    },
  ],
});

beforeAll(() => {
  provider.register();
});
beforeEach(() => {
  ended.length = 0;
});
afterAll(async () => {
  await provider.shutdown();
  trace.disable();
  context.disable();
  propagation.disable();
});

describe('a span of work', () => {
  it('ends with the work, and is no failure when the work is none', async () => {
    expect(await inSpan('work', {}, () => Promise.resolve(7))).toBe(7);
    expect(ended).toMatchObject([{ name: 'work', status: { code: SpanStatusCode.UNSET }, attributes: {} }]);
  });

  it.each<[string, unknown, string]>([
    ['an error with a code', Object.assign(new Error(SECRET), { code: 'ECONNRESET' }), 'ECONNRESET'],
    ['an error without one', new TypeError(SECRET), 'TypeError'],
    ['an error whose code is a number', Object.assign(new RangeError(SECRET), { code: 7 }), 'RangeError'],
    ['what is no error', SECRET, '_OTHER'],
  ])('ends when the work throws %s, and names its type and never its message', async (_, thrown, type) => {
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- anything can be thrown
    await expect(inSpan('work', {}, () => Promise.reject(thrown))).rejects.toBe(thrown);
    expect(ended).toMatchObject([{ status: { code: SpanStatusCode.ERROR }, attributes: { 'error.type': type } }]);
    const { attributes, status, events } = ended[0] ?? {};
    expect(JSON.stringify([attributes, status, events])).not.toContain(SECRET);
  });
});

describe('the trace that a job goes on with', () => {
  it('is ids and a flag, and none of the free text that came with them', () => {
    const free = { traceparent: TRACEPARENT, tracestate: `vendor=${SECRET}`, baggage: `user=${SECRET}` };
    const told = context.with(propagation.extract(ROOT_CONTEXT, free), activeTraceParent);
    expect(told).toEqual({ traceparent: TRACEPARENT });
    expect(context.with(contextFrom(TRACEPARENT), activeTraceParent)).toEqual({ traceparent: TRACEPARENT });
  });

  it.each([undefined, 7, '', 'nonsense', TRACEPARENT.slice(1)])('is a new one after %j', (traceparent) => {
    expect(context.with(contextFrom(traceparent), activeTraceParent)).toEqual({});
  });
});

describe('the span of a request', () => {
  let fastify: FastifyInstance;
  let port: number;

  beforeAll(async () => {
    fastify = Fastify();
    traceRequests(fastify);
    fastify.get('/answers/:status', (request, reply) => {
      const { status } = request.params as { status: string };
      return reply.status(Number(status)).send();
    });
    fastify.get('/refuses/:status', (request, reply) => {
      const { status } = request.params as { status: string };
      noteRefusal(request, 'SERVICE_UNAVAILABLE');
      return reply.status(Number(status)).send();
    });
    fastify.post('/takes', () => 'taken');
    await fastify.listen({ host: '127.0.0.1', port: 0 });
    ({ port } = fastify.server.address() as AddressInfo);
  });
  afterAll(() => fastify.close());

  const spanOf = async (path: string): Promise<ReadableSpan> => {
    await send(port, { path, headers: { traceparent: TRACEPARENT } });
    return eventually('the span ends', () => ended[0]);
  };

  it.each(['200', '302', '404', '429', '499'])('is no failure when the answer is %s', async (status) => {
    const { name, attributes, status: mark } = await spanOf(`/answers/${status}?token=${SECRET}`);
    expect(name).toBe('GET /answers/:status');
    expect(attributes).toMatchObject({ 'http.response.status_code': Number(status) });
    expect(attributes).not.toHaveProperty(['error.type']);
    expect(mark.code).toBe(SpanStatusCode.UNSET);
  });

  it.each([
    ['/answers/500', '500'],
    ['/answers/503', '503'],
    ['/refuses/503', 'SERVICE_UNAVAILABLE'],
  ])('is a failure when the service failed: %s', async (path, type) => {
    const { attributes, status } = await spanOf(path);
    expect(attributes).toMatchObject({ 'error.type': type });
    expect(status.code).toBe(SpanStatusCode.ERROR);
  });

  it('is a failure when the caller hung up before it was answered', async () => {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    // the rest of the body never comes
    socket.end('POST /takes HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{');
    const span = await eventually('the span ends', () => ended[0]);
    expect(span).toMatchObject({
      name: 'POST /takes',
      status: { code: SpanStatusCode.ERROR },
      attributes: { 'error.type': 'aborted' },
    });
    socket.destroy();
  });

  it('goes on with the trace of the caller', async () => {
    const { parentSpanContext } = await spanOf('/answers/200');
    expect(parentSpanContext).toMatchObject({ traceId: TRACEPARENT.split('-')[1], spanId: TRACEPARENT.split('-')[2] });
  });
});
