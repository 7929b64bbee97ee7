import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { idempotencyKeyOf, type IdempotencyKey } from './idempotency.js';

/** What the headers of a request for a change say. */
export interface GivenHeaders {
  idempotencyKey: IdempotencyKey | null;
  ifMatch: string | undefined;
  requestId: string;
}

export const Given = createParamDecorator((_: unknown, context: ExecutionContext): GivenHeaders => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  return { idempotencyKey: idempotencyKeyOf(request), ifMatch: request.headers['if-match'], requestId: request.id };
});
