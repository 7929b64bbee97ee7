import type { FastifyInstance } from 'fastify';
import { underWaitLimit, WaitLimit } from '../database/wait-limit.js';

/**
 * The longest that a request waits for a silent database. Longer than a busy database takes for a statement, and shorter than callers and
 * proxies wait, so that they get an answer. The rate limit and Novita's budget, which work without the database, have shorter limits.
 */
const SILENCE_LIMIT_MS = 3_000;

/** Gives each request one limit for all its database work. */
export function limitDatabaseWaits(fastify: FastifyInstance): void {
  const limits = new WeakMap<object, WaitLimit>();
  fastify.addHook('onRequest', (request, _reply, done) => {
    const limit = new WaitLimit(SILENCE_LIMIT_MS);
    limits.set(request.raw, limit);
    underWaitLimit(limit, done);
  });
  // set again, since a body is read in the async context of the connection
  fastify.addHook('preValidation', (request, _reply, done) => {
    const limit = limits.get(request.raw) ?? new WaitLimit(SILENCE_LIMIT_MS);
    underWaitLimit(limit, done);
  });
}
