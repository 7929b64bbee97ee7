import type { ThrottlerStorage } from '@nestjs/throttler';
import type { FastifyInstance } from 'fastify';
import type { RateLimitConfig } from '../config/config.js';
import { clientOf } from './client-rate-limit.guard.js';
import { isMetered } from './metered-routes.js';
import { hasRateLimitHeaders, setRateLimitHeaders } from './rate-limit-headers.js';

/**
 * A request that is refused before any guard (no such route, a body that does not parse) is counted too, so that a
 * flood of them is felt by its sender, and its answer shows the allowance like every other.
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
