import { context, type Context, type Span, SpanKind, trace } from '@opentelemetry/api';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { refusalCodeOf } from '../logging/request-log.js';
import { contextFrom } from './trace-parent.js';
import { markFailed, tracer } from './tracer.js';

/**
 * Makes a span for each request, named by method and route template, in the trace of its `traceparent`. As in the log, it has nothing that
 * the client wrote: no path, query, header or body. Must be registered before every other hook.
 */
export function traceRequests(fastify: FastifyInstance): void {
  const contexts = new WeakMap<object, Context>();
  const inItsContext = (request: FastifyRequest, go: () => void): void => {
    context.with(contexts.get(request.raw) ?? context.active(), go);
  };
  fastify.addHook('onRequest', (request, reply, done) => {
    const parent = contextFrom(request.headers.traceparent);
    const span = tracer.startSpan(
      nameOf(request),
      { kind: SpanKind.SERVER, attributes: attributesOf(request) },
      parent,
    );
    contexts.set(request.raw, trace.setSpan(parent, span));
    // emitted even if the client hung up before an answer
    reply.raw.once('close', () => {
      finish(span, request, reply);
    });
    inItsContext(request, done);
  });
  // set again, since bodies are read and answers end in the async context of the connection
  fastify.addHook('preValidation', (request, _reply, done) => {
    inItsContext(request, done);
  });
  fastify.addHook('onResponse', (request, _reply, done) => {
    inItsContext(request, done);
  });
}

const nameOf = ({ method, routeOptions: { url } }: FastifyRequest): string =>
  url === undefined ? method : `${method} ${url}`;

const attributesOf = ({ id, method, protocol, routeOptions: { url } }: FastifyRequest) => ({
  'http.request.method': method,
  'url.scheme': protocol,
  'novitai.request.id': id,
  ...(url !== undefined && { 'http.route': url }),
});

function finish(span: Span, request: FastifyRequest, { raw }: FastifyReply): void {
  if (raw.headersSent) span.setAttribute('http.response.status_code', raw.statusCode);
  if (!raw.writableFinished) markFailed(span, 'aborted');
  else if (raw.statusCode >= 500) markFailed(span, refusalCodeOf(request) ?? String(raw.statusCode));
  span.end();
}
