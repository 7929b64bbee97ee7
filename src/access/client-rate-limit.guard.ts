import { Injectable, type ExecutionContext } from '@nestjs/common';
import { normalizeIp, ThrottlerGuard, type ThrottlerRequest } from '@nestjs/throttler';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DomainError } from '../errors/domain-error.js';
import { identityOf, principalOf } from '../http/identity.js';
import { isMetered } from './metered-routes.js';
import { setRateLimitHeaders } from './rate-limit-headers.js';

const IPV6_PREFIX = 64;

/** A client is an API key or the subject of a token; without one, an IPv4 address or an IPv6 network of a household (/64). */
export const clientOf = (request: FastifyRequest): string => {
  const identity = identityOf(request);
  return identity?.keyId ?? principalOf(identity) ?? normalizeIp(request.ip, IPV6_PREFIX);
};

@Injectable()
export class ClientRateLimitGuard extends ThrottlerGuard {
  protected override shouldSkip(context: ExecutionContext): Promise<boolean> {
    return Promise.resolve(!isMetered(context.switchToHttp().getRequest<FastifyRequest>()));
  }

  /** @throws DomainError RATE_LIMIT_EXCEEDED */
  protected override async handleRequest({ context, limit, ttl, blockDuration }: ThrottlerRequest): Promise<boolean> {
    const http = context.switchToHttp();
    const client = clientOf(http.getRequest<FastifyRequest>());
    const allowance = await this.storageService.increment(client, ttl, limit, blockDuration, 'default');
    setRateLimitHeaders(http.getResponse<FastifyReply>(), allowance, limit, ttl);
    if (!allowance.isBlocked) return true;
    const seconds = allowance.timeToBlockExpire;
    throw new DomainError('RATE_LIMIT_EXCEEDED', `Wait ${seconds} ${seconds === 1 ? 'second' : 'seconds'}.`, {
      retryAfterSeconds: seconds,
    });
  }
}
