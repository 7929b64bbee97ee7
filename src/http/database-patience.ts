import type { FastifyInstance } from 'fastify';
import { underWaitLimit, WaitLimit } from '../database/wait-limit.js';

/**
 * How long an answer waits for a silent database, at most. Longer than a busy database takes for a statement; shorter than callers
 * and proxies wait, so that they are told what is wrong. The rate limit and Novita's budget, which can do without
 * the database, have shorter limits of their own.
 */
const SILENCE_MS = 3_000;

/** Every request has one limit for all that is done for its answer. */
export function limitDatabaseWaits(fastify: FastifyInstance): void {
  const limits = new WeakMap<object, WaitLimit>();
  fastify.addHook('onRequest', (request, _reply, done) => {
    const limit = new WaitLimit(SILENCE_MS);
    limits.set(request.raw, limit);
    underWaitLimit(limit, done);
  });
  // a body is read in the context of the connection
  fastify.addHook('preValidation', (request, _reply, done) => {
    const limit = limits.get(request.raw) ?? new WaitLimit(SILENCE_MS);
    underWaitLimit(limit, done);
  });
}
