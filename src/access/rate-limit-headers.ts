import type { ThrottlerStorage } from '@nestjs/throttler';
import type { FastifyReply } from 'fastify';

type Allowance = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/** Shows what a client may still send, as in draft-ietf-httpapi-ratelimit-headers: `r` requests, for `t` seconds. */
export function setRateLimitHeaders(reply: FastifyReply, allowance: Allowance, limit: number, windowMs: number): void {
  const left = Math.max(0, limit - allowance.totalHits);
  void reply.header('ratelimit-policy', `"default";q=${limit};w=${Math.ceil(windowMs / 1000)}`);
  void reply.header('ratelimit', `"default";r=${left};t=${allowance.timeToExpire}`);
}

export const hasRateLimitHeaders = (reply: FastifyReply): boolean => reply.hasHeader('ratelimit');
