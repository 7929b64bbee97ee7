import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Cause } from '../vocabulary/principal.js';
import type { Within } from '../vocabulary/project.js';
import { idempotencyKeyOf, type IdempotencyKey } from './idempotency.js';
import { causeOf, withinOf } from './identity.js';
import { preferredWaitSeconds } from './prefer.js';

/** What a request for a change of an instance says. */
export interface GivenHeaders {
  idempotencyKey: IdempotencyKey | null;
  ifMatch: string | undefined;
  /** How long the answer may wait for the effect, from `Prefer`. Null: not at all. */
  waitSeconds: number | null;
  cause: Cause;
  within: Within;
}

const requestOf = (context: ExecutionContext): FastifyRequest => context.switchToHttp().getRequest<FastifyRequest>();

export const Given = createParamDecorator((_: unknown, context: ExecutionContext): GivenHeaders => {
  const request = requestOf(context);
  return {
    idempotencyKey: idempotencyKeyOf(request),
    ifMatch: request.headers['if-match'],
    waitSeconds: preferredWaitSeconds(request.headers['prefer']),
    cause: causeOf(request, 'caller'),
    within: withinOf(request),
  };
});

/** What the sender sees. */
export const SeenBySender = createParamDecorator((_: unknown, context: ExecutionContext): Within =>
  withinOf(requestOf(context)),
);

/** Who decides about the fleet, and by which request. */
export const ByOperator = createParamDecorator((_: unknown, context: ExecutionContext): Cause =>
  causeOf(requestOf(context), 'operator'),
);
