/** Why a token is refused: from errors of jose to our own. Pure. */
import { errors } from 'jose';
import { DomainError } from '../../errors/domain-error.js';
import type { TokenFault } from '../../vocabulary/token-fault.js';

const SENTENCES: Readonly<Record<TokenFault, string>> = {
  malformed: 'The token is not a signed JWT.',
  algorithm: 'The token is not signed by an algorithm that is allowed.',
  unknownKey: 'The identity provider has no key with which the token was signed.',
  signature: 'The signature of the token is wrong.',
  issuer: 'The token is of another issuer.',
  audience: 'The token is for another audience.',
  notYetValid: 'The token is not valid yet.',
  claims: 'The token lacks a usable subject, end or project.',
  project: 'There is no project of the name that is in the token.',
};

export const invalidToken = (reason: TokenFault): DomainError =>
  new DomainError('TOKEN_INVALID', SENTENCES[reason], { reason });

const RETRY_SECONDS = 5;

export const providerUnavailable = (cause: unknown): DomainError =>
  new DomainError('IDENTITY_PROVIDER_UNAVAILABLE', 'The keys of the identity provider cannot be read now.', {
    retryAfterSeconds: RETRY_SECONDS,
    cause,
  });

const BY_CLAIM: Readonly<Record<string, TokenFault>> = { iss: 'issuer', aud: 'audience', nbf: 'notYetValid' };

const BY_CODE: Readonly<Record<string, TokenFault>> = {
  [errors.JWSInvalid.code]: 'malformed',
  [errors.JWTInvalid.code]: 'malformed',
  [errors.JOSENotSupported.code]: 'malformed',
  [errors.JOSEAlgNotAllowed.code]: 'algorithm',
  [errors.JWKSNoMatchingKey.code]: 'unknownKey',
  [errors.JWKSMultipleMatchingKeys.code]: 'unknownKey',
  [errors.JWSSignatureVerificationFailed.code]: 'signature',
};

/** Anything that says nothing about the token itself is an outage of the provider: the caller may come again with the same token. */
export const refusalOf = (thrown: unknown): DomainError => {
  if (thrown instanceof errors.JWTExpired) {
    return thrown.reason === 'check_failed'
      ? new DomainError('TOKEN_EXPIRED', 'The token has expired.')
      : invalidToken('claims');
  }
  if (thrown instanceof errors.JWTClaimValidationFailed) {
    // a claim that is not there, or no number, says less than the name of the claim
    return invalidToken((Object.hasOwn(BY_CLAIM, thrown.claim) ? BY_CLAIM[thrown.claim] : undefined) ?? 'claims');
  }
  const fault = thrown instanceof errors.JOSEError ? BY_CODE[thrown.code] : undefined;
  return fault ? invalidToken(fault) : providerUnavailable(thrown);
};
