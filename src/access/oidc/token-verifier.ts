import { jwtVerify, type JWTVerifyGetKey, type JWTPayload } from 'jose';
import type { OidcConfig } from '../../config/config.js';
import { StartupRefusedError } from '../../database/startup-refused.error.js';
import type { Clock } from '../../time/clock.js';
import { isScope, type Scope } from '../../vocabulary/scope.js';
import { IssuerKeys } from './issuer-keys.js';
import { claimOf, scopesOf, SUBJECT, textClaim, type ScopeWords } from './token-claims.js';
import { invalidToken, refusalOf } from './token-refusal.js';

/**
 * Public keys only: with an HMAC, every holder of the public key could sign. The list is ours and not the token's, which could otherwise
 * choose `none`.
 */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
/** How far the clocks of the provider and of the database may differ. */
const CLOCK_TOLERANCE_SECONDS = 10;
/** Three parts, of which the signature may be empty. An API key has no dot. */
const JWT = /^[\w-]+\.[\w-]*\.[\w-]*$/;

export interface TokenRules {
  issuer: string;
  audience: string;
  scopesClaim: string;
  scopeWords: ScopeWords;
  /** Null: tokens name no project, and see all. Otherwise a token without the claim is refused. */
  projectClaim: string | null;
}

/** What a token says of its sender. */
export interface TokenIdentity {
  subject: string;
  scopes: ReadonlySet<Scope>;
  /** The project that the sender sees, by its name or id. Null: all. */
  project: string | null;
}

/** Turns a token of the identity provider into what it says of its sender. */
export class TokenVerifier {
  constructor(
    private readonly rules: TokenRules,
    private readonly keyFor: JWTVerifyGetKey,
    private readonly clock: Pick<Clock, 'now'>,
  ) {}

  /** Null when OIDC_ISSUER is not set. @throws StartupRefusedError when the settings do not fit together */
  static from(config: OidcConfig, clock: Clock): TokenVerifier | null {
    const { issuer, audience, scopesClaim, scopeWords, projectClaim } = config;
    if (issuer === null) return null;
    if (audience === null) {
      throw new StartupRefusedError(
        'OIDC_ISSUER is set, and OIDC_AUDIENCE is not: every token of the issuer would be accepted, whatever service it was made for.',
      );
    }
    const unknown = Object.values(scopeWords)
      .flat()
      .filter((word) => !isScope(word));
    if (unknown.length > 0) throw new StartupRefusedError(`OIDC_SCOPE_WORDS names no scope by ${unknown.join(', ')}.`);
    const rules = { issuer, audience, scopesClaim, scopeWords: scopeWords as ScopeWords, projectClaim };
    return new TokenVerifier(rules, new IssuerKeys(issuer).keyFor, clock);
  }

  /** Whether the text is for this verifier, and not an API key. */
  static isToken(text: string): boolean {
    return JWT.test(text);
  }

  /** @throws DomainError TOKEN_INVALID, TOKEN_EXPIRED or IDENTITY_PROVIDER_UNAVAILABLE */
  async identityOf(token: string): Promise<TokenIdentity> {
    const claims = await this.verify(token);
    // the claims of a token are what its maker wrote
    const subject: unknown = claims.sub;
    if (typeof subject !== 'string' || !SUBJECT.test(subject)) throw invalidToken('claims');
    const { scopesClaim, scopeWords, projectClaim } = this.rules;
    const project = projectClaim === null ? null : textClaim(claimOf(claims, projectClaim));
    if (project === undefined) throw invalidToken('claims');
    return { subject, scopes: scopesOf(claimOf(claims, scopesClaim), scopeWords), project };
  }

  private async verify(token: string): Promise<JWTPayload> {
    const { issuer, audience } = this.rules;
    try {
      const { payload } = await jwtVerify(token, this.keyFor, {
        issuer,
        audience,
        algorithms: ALGORITHMS,
        requiredClaims: ['sub', 'exp'],
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        currentDate: this.clock.now(),
      });
      return payload;
    } catch (error) {
      throw refusalOf(error);
    }
  }
}
