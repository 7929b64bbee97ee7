import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { assertScope, identityOf } from '../http/identity.js';
import { REQUIRED_SCOPE } from '../http/requires-scope.decorator.js';
import type { Scope } from '../vocabulary/scope.js';
import { OpenRoutes } from './open-routes.js';

/** Serves a request only when its key has the scope of the route. A route without a scope refuses every request. */
@Injectable()
export class ScopeGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly open: OpenRoutes,
  ) {}

  /** @throws DomainError SCOPE_MISSING */
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    if (this.open.has(request)) return true;
    const targets = [context.getHandler(), context.getClass()];
    const scope = this.reflector.getAllAndOverride<Scope | undefined>(REQUIRED_SCOPE, targets);
    const identity = identityOf(request);
    if (scope === undefined || !identity) throw new Error(`the route ${request.routeOptions.url ?? ''} has no scope`);
    assertScope(identity, scope);
    return true;
  }
}
