import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { DomainError } from '../errors/domain-error.js';

/** Refuses what is expected beyond `100-continue`, which Node meets. By itself Node would refuse it without a problem. */
export function guardExpectations(fastify: FastifyInstance): void {
  const unmet = new WeakSet<IncomingMessage>();
  fastify.server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    unmet.add(request);
    fastify.server.emit('request', request, response);
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    if (!unmet.has(request.raw)) {
      done();
      return;
    }
    // the request's body may follow or not
    void reply.header('connection', 'close');
    done(new DomainError('EXPECTATION_FAILED', 'The request expects something that the service does not know.'));
  });
}
