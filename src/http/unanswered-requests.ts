import type { FastifyInstance } from 'fastify';
import type { Log } from '../logging/log.js';
import { refusalOfCutOff } from './broken-connection.js';

/**
 * One line for each request that got no answer because its connection ended: the client went away, or it was too slow and
 * cut off. That is no trouble of the service. The code is that of a request that never arrived as a whole.
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
