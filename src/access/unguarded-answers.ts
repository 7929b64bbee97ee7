import type { ThrottlerStorage } from '@nestjs/throttler';
import type { FastifyInstance } from 'fastify';
import type { RateLimitConfig } from '../config/config.js';
import { clientOf } from './client-rate-limit.guard.js';
import { isMetered } from './metered-routes.js';
import { hasRateLimitHeaders, setRateLimitHeaders } from './rate-limit-headers.js';

/**
 * Counts requests that are refused before any guard runs (unknown route, malformed body), so that a flood of them is limited too. Their
 * answers show the allowance.
 */
export function meterUnguardedAnswers(
  fastify: FastifyInstance,
  storage: ThrottlerStorage,
  { maxRequests, windowMs }: RateLimitConfig,
): void {
  fastify.addHook('onSend', async (request, reply, payload) => {
    if (isMetered(request) && !hasRateLimitHeaders(reply)) {
      const allowance = await storage.increment(clientOf(request), windowMs, maxRequests, windowMs, 'default');
      setRateLimitHeaders(reply, allowance, maxRequests, windowMs);
    }
    return payload;
  });
}
