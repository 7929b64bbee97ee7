/** The sender of a request, and its scopes. */
import type { FastifyRequest } from 'fastify';
import { DomainError } from '../errors/domain-error.js';
import type { Cause, Principal } from '../vocabulary/principal.js';
import type { Within } from '../vocabulary/project.js';
import { SCOPES, type Scope } from '../vocabulary/scope.js';

export interface Identity {
  /** The id of the API key. Null: the request has a token, or the service has no keys and every request may do everything. */
  keyId: string | null;
  within: Within;
  /** The subject of a token of the identity provider. */
  subject?: string;
  scopes: ReadonlySet<Scope>;
}

export const WITHOUT_KEYS: Identity = { keyId: null, within: null, scopes: new Set(SCOPES) };

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

/** What the sender sees. Throws for a request of an open route, which shows nothing of a project. */
export const withinOf = (request: FastifyRequest): Within => {
  const identity = identities.get(request);
  if (!identity) throw new Error(`the request ${request.id} has no identity`);
  return identity.within;
};

/** Undefined: the request has neither a key nor a token. */
export const principalOf = (identity: Identity | undefined): Principal | undefined => {
  if (identity?.subject !== undefined) return `oidc:${identity.subject}`;
  return identity?.keyId ? `key:${identity.keyId}` : undefined;
};

/**
 * Checks the key of a request that has been open for a while.
 * @throws DomainError API_KEY_REVOKED, API_KEY_EXPIRED and others, as for a new request
 */
export const assertStillIdentified = async (request: FastifyRequest): Promise<void> => {
  await checks.get(request)?.();
};

/** @param unnamed the actor of a request without a key */
export const causeOf = (request: FastifyRequest, unnamed: 'caller' | 'operator'): Cause => {
  return { actor: principalOf(identityOf(request)) ?? unnamed, requestId: request.id };
};

/** @throws DomainError SCOPE_MISSING */
export const assertScope = (identity: Identity | undefined, scope: Scope): void => {
  if (identity?.scopes.has(scope)) return;
  const credential = identity?.subject === undefined ? 'API key' : 'token';
  throw new DomainError('SCOPE_MISSING', `The ${credential} lacks the scope ${scope}.`);
};
