import type { FastifyInstance } from 'fastify';
import type { Log } from '../logging/log.js';
import { refusalOfCutOff } from './broken-connection.js';

/**
 * Logs a line for each request without an answer because its connection ended: the client closed it, or was too slow. That is no fault of
 * the service. The field `code` is set when the request never arrived completely.
 */
export function logUnansweredRequests(fastify: FastifyInstance, log: Log): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.raw.once('close', () => {
      if (reply.raw.writableFinished) return;
      const fields = {
        requestId: request.id,
        method: request.method,
        route: request.routeOptions.url ?? null,
        ms: Math.round(reply.elapsedTime * 10) / 10,
        code: refusalOfCutOff(request.raw)?.code,
      };
      log.info(fields, 'request without an answer');
    });
    done();
  });
}
