/** The sender of a request, and its scopes. */
import type { FastifyRequest } from 'fastify';
import { DomainError } from '../errors/domain-error.js';
import type { Cause, Principal } from '../vocabulary/principal.js';
import { SCOPES, type Scope } from '../vocabulary/scope.js';

export interface Identity {
  /** The id of the API key. Null: the service has no keys, and every request may do everything. */
  keyId: string | null;
  scopes: ReadonlySet<Scope>;
}

export const WITHOUT_KEYS: Identity = { keyId: null, scopes: new Set(SCOPES) };

const identities = new WeakMap<FastifyRequest, Identity>();
const checks = new WeakMap<FastifyRequest, () => Promise<Identity>>();

/**
 * Called once for each request, before its route runs. Requests of open routes have no identity.
 * @param again finds the identity anew, for requests that stay open for long
 */
export const identify = (request: FastifyRequest, identity: Identity, again: () => Promise<Identity>): void => {
  identities.set(request, identity);
  checks.set(request, again);
};

export const identityOf = (request: FastifyRequest): Identity | undefined => identities.get(request);

/**
 * Checks the key of a request that has been open for a while.
 * @throws DomainError API_KEY_REVOKED, API_KEY_EXPIRED and others, as for a new request
 */
export const assertStillIdentified = async (request: FastifyRequest): Promise<void> => {
  await checks.get(request)?.();
};

/** @param unnamed the actor of a request without a key */
export const causeOf = (request: FastifyRequest, unnamed: 'caller' | 'operator'): Cause => {
  const keyId = identityOf(request)?.keyId ?? null;
  const actor: Principal = keyId === null ? unnamed : `key:${keyId}`;
  return { actor, requestId: request.id };
};

/** @throws DomainError SCOPE_MISSING */
export const assertScope = (identity: Identity | undefined, scope: Scope): void => {
  if (!identity?.scopes.has(scope)) throw new DomainError('SCOPE_MISSING', `The API key lacks the scope ${scope}.`);
};
