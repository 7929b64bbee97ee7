import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { DomainError } from '../errors/domain-error.js';

/** Refuses expectations other than `100-continue`, which Node handles. Node's own refusal is not in problem format. */
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
    // the connection cannot be reused: it is unknown whether the body follows
    void reply.header('connection', 'close');
    done(new DomainError('EXPECTATION_FAILED', 'The Expect header names something other than 100-continue.'));
  });
}
