import type { FastifyInstance } from 'fastify';
import { DomainError } from '../errors/domain-error.js';
import { identify, WITHOUT_KEYS, type Identity } from '../http/identity.js';
import type { Clock } from '../time/clock.js';
import { judgeKey, readKey } from './api-key.js';
import type { KnownKeys } from './known-keys.js';
import { isOfOperators } from '../vocabulary/scope.js';
import type { KnownProjects } from './known-projects.js';
import { invalidToken } from './oidc/token-refusal.js';
import { TokenVerifier, type TokenIdentity } from './oidc/token-verifier.js';
import type { OpenRoutes } from './open-routes.js';

const BEARER = /^bearer +(\S+)$/i;

/** Turns the Authorization header of a request into an identity. */
export class Authenticator {
  constructor(
    private readonly keys: Pick<KnownKeys, 'all' | 'renewed' | 'noteUse'>,
    private readonly clock: Pick<Clock, 'now'>,
    /** Whether everybody may do everything as long as there is no key. */
    private readonly servesWithoutKeys: boolean,
    /** Null: tokens are not accepted. */
    private readonly tokens: Pick<TokenVerifier, 'identityOf'> | null = null,
    private readonly projects: Pick<KnownProjects, 'idOf'> = NO_PROJECTS,
  ) {}

  /**
   * @param authorization the header of this name
   * @throws DomainError API_KEY_REQUIRED, API_KEY_INVALID, API_KEY_EXPIRED or API_KEY_REVOKED; for a token TOKEN_INVALID, TOKEN_EXPIRED
   * or IDENTITY_PROVIDER_UNAVAILABLE
   */
  async identityOf(authorization: string | undefined): Promise<Identity> {
    const [, text = ''] = BEARER.exec(authorization ?? '') ?? [];
    if (this.tokens && TokenVerifier.isToken(text)) return this.ofToken(await this.tokens.identityOf(text));
    let keys = await this.keys.all();
    if (keys.size === 0 && this.servesWithoutKeys) return WITHOUT_KEYS;
    if (authorization === undefined) {
      throw new DomainError('API_KEY_REQUIRED', 'Send an API key in the header Authorization: Bearer nvt_…');
    }
    const read = readKey(text);
    if (!read) {
      throw new DomainError('API_KEY_INVALID', 'The Authorization header has no complete API key: Bearer nvt_…');
    }
    let key = keys.get(read.id);
    let verdict = judgeKey(key, read.secretHash, this.clock.now());
    if (verdict === 'wrong') {
      // another replica may have made it, or changed its secret, a moment ago
      keys = await this.keys.renewed();
      key = keys.get(read.id);
      verdict = judgeKey(key, read.secretHash, this.clock.now());
    }
    switch (verdict) {
      case 'wrong':
        throw new DomainError('API_KEY_INVALID', 'There is no such API key.');
      case 'revoked':
        throw new DomainError('API_KEY_REVOKED', 'The API key was revoked.');
      case 'expired':
        throw new DomainError('API_KEY_EXPIRED', 'The API key has expired.');
      case 'valid':
        this.keys.noteUse(read.id);
        return { keyId: read.id, within: key?.projectId ?? null, scopes: new Set(key?.scopes) };
    }
  }

  private async ofToken({ subject, scopes, project }: TokenIdentity): Promise<Identity> {
    if (project === null) return { keyId: null, subject, within: null, scopes };
    const within = await this.projects.idOf(project);
    if (within === null) throw invalidToken('project');
    return { keyId: null, subject, within, scopes: new Set([...scopes].filter((scope) => !isOfOperators(scope))) };
  }
}

const NO_PROJECTS = { idOf: () => Promise.resolve(null) };

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
