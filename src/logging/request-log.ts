import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Log } from './log.js';

/** Codes of refusals, for the log lines of their requests. */
const refusalCodes = new WeakMap<object, string>();

/** Adds the code of a refusal to the log line of this request. */
export const noteRefusal = (request: FastifyRequest, code: string): void => {
  refusalCodes.set(request.raw, code);
};

/** The code with which the request was refused, or null. */
export const refusalCodeOf = (request: FastifyRequest): string | null => refusalCodes.get(request.raw) ?? null;

/**
 * Logs a line for each request when its answer has been sent: method, route template, status, milliseconds and id.
 * The line has nothing that the client wrote except the validated id: no path, query, header or body.
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
