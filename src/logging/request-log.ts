import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Log } from './log.js';

/** The part of a request's log line that is learned on the way. */
const refusalCodes = new WeakMap<object, string>();

/** Adds the stable code of a refusal to the line of this request. */
export const noteRefusal = (request: FastifyRequest, code: string): void => {
  refusalCodes.set(request.raw, code);
};

/** Null when it was not refused. */
export const refusalCodeOf = (request: FastifyRequest): string | null => refusalCodes.get(request.raw) ?? null;

/**
 * One line for each request, when its answer is out: method, route template, status, milliseconds and the id.
 * Nothing that the sender wrote is in it, save the validated id: no path, no query, no header, no body.
 */
export function logRequests(fastify: FastifyInstance, log: Log): void {
  fastify.addHook('onResponse', (request, reply, done) => {
    logRequest(log, request, reply);
    done();
  });
}

export function logRequest(log: Log, request: FastifyRequest, reply: FastifyReply): void {
  const code = refusalCodeOf(request);
  const fields = {
    requestId: request.id,
    method: request.method,
    route: request.routeOptions.url ?? null,
    status: reply.statusCode,
    ms: Math.round(reply.elapsedTime * 10) / 10,
    ...(code === null ? {} : { code }),
  };
  if (reply.statusCode >= 500) log.warn(fields, 'request');
  else log.info(fields, 'request');
}
