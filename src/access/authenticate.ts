import type { FastifyInstance } from 'fastify';
import { DomainError } from '../errors/domain-error.js';
import { identify, WITHOUT_KEYS, type Identity } from '../http/identity.js';
import type { Clock } from '../time/clock.js';
import { judgeKey, readKey } from './api-key.js';
import type { KnownKeys } from './known-keys.js';
import type { OpenRoutes } from './open-routes.js';

const BEARER = /^bearer +(\S+)$/i;

/** Turns the Authorization header of a request into an identity. */
export class Authenticator {
  constructor(
    private readonly keys: KnownKeys,
    private readonly clock: Clock,
  ) {}

  /**
   * @param authorization the header of this name
   * @throws DomainError API_KEY_REQUIRED, API_KEY_INVALID, API_KEY_EXPIRED or API_KEY_REVOKED
   */
  async identityOf(authorization: string | undefined): Promise<Identity> {
    const keys = await this.keys.all();
    if (keys.size === 0) return WITHOUT_KEYS;
    if (authorization === undefined) {
      throw new DomainError('API_KEY_REQUIRED', 'Send an API key in the header Authorization: Bearer nvt_…');
    }
    const [, text = ''] = BEARER.exec(authorization) ?? [];
    const read = readKey(text);
    if (!read) {
      throw new DomainError('API_KEY_INVALID', 'The Authorization header has no complete API key: Bearer nvt_…');
    }
    const key = keys.get(read.id);
    switch (judgeKey(key, read.secretHash, this.clock.now())) {
      case 'wrong':
        throw new DomainError('API_KEY_INVALID', 'There is no such API key.');
      case 'revoked':
        throw new DomainError('API_KEY_REVOKED', 'The API key was revoked.');
      case 'expired':
        throw new DomainError('API_KEY_EXPIRED', 'The API key has expired.');
      case 'valid':
        this.keys.noteUse(read.id);
        return { keyId: read.id, scopes: new Set(key?.scopes) };
    }
  }
}

/**
 * Asks every request for its key before its body is read, but for those of open routes. A hook of Fastify, since guards of Nest do not see
 * the pages below /docs; it sees requests without a route too.
 */
export function authenticateRequests(fastify: FastifyInstance, authenticator: Authenticator, open: OpenRoutes): void {
  fastify.addHook('onRequest', async (request) => {
    if (open.has(request)) return;
    const ask = (): Promise<Identity> => authenticator.identityOf(request.headers.authorization);
    identify(request, await ask(), ask);
  });
}
