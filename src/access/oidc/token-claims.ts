/** What the claims of a token say about its owner. Pure. */
import type { JWTPayload } from 'jose';
import { isScope, type Scope } from '../../vocabulary/scope.js';

/** Words of the identity provider, and the scopes that each gives. */
export type ScopeWords = Readonly<Record<string, readonly Scope[]>>;

/** The value of a claim. A name with dots is also a path into nested claims, such as `realm_access.roles`. */
export const claimOf = (claims: JWTPayload, name: string): unknown => {
  if (Object.hasOwn(claims, name)) return claims[name];
  return name.split('.').reduce<unknown>((value, part) => {
    const isThere = typeof value === 'object' && value !== null && Object.hasOwn(value, part);
    return isThere ? (value as Record<string, unknown>)[part] : undefined;
  }, claims);
};

const wordsOf = (value: unknown): string[] => {
  if (typeof value === 'string') return value.split(' ').filter((word) => word !== '');
  return Array.isArray(value) ? value.filter((word) => typeof word === 'string') : [];
};

/**
 * The scopes that a claim gives: those that it names, and those of the words that the operator has mapped. Other words give nothing.
 * @param value a text with words between spaces, or a list of texts
 */
export const scopesOf = (value: unknown, words: ScopeWords): Set<Scope> =>
  new Set(
    wordsOf(value).flatMap((word) => [
      ...(isScope(word) ? [word] : []),
      ...(Object.hasOwn(words, word) ? (words[word] ?? []) : []),
    ]),
  );

/** Becomes part of the actor of events: printable ASCII without spaces. OpenID Connect allows 255 characters. */
export const SUBJECT = /^[\x21-\x7e]{1,255}$/;

/** A claim that is a short text, such as the name of a project; undefined when it is anything else. */
export const textClaim = (value: unknown): string | undefined =>
  typeof value === 'string' && /^[\x21-\x7e]{1,100}$/.test(value) ? value : undefined;
