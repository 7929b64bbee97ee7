import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { DomainError } from '../errors/domain-error.js';

/** The Idempotency-Key of a request, with which it can be repeated safely. */
export interface IdempotencyKey {
  key: string;
  /** Hash of the request as sent: method, path and body. It distinguishes a repetition from a reused key. */
  fingerprint: string;
}

const USABLE = /^[\x21-\x7e]{1,255}$/;

/**
 * The `Idempotency-Key` of a request, or null. Any route that changes something can take it.
 * @throws DomainError VALIDATION_ERROR for a key that cannot be used
 */
export const idempotencyKeyOf = ({
  headers,
  method,
  url,
  body,
}: Pick<FastifyRequest, 'headers' | 'method' | 'url' | 'body'>): IdempotencyKey | null => {
  const key = headers['idempotency-key'];
  if (key === undefined) return null;
  if (typeof key !== 'string' || !USABLE.test(key)) {
    throw new DomainError('VALIDATION_ERROR', 'The Idempotency-Key cannot be used.', {
      faults: [{ pointer: '#header/Idempotency-Key', detail: 'must be 1 to 255 visible ASCII characters' }],
    });
  }
  return { key, fingerprint: fingerprintOf({ method, path: url.split('?')[0], body: body ?? null }) };
};

/** The order of keys does not change the fingerprint. */
export const fingerprintOf = (value: unknown): string => createHash('sha256').update(canonical(value)).digest('hex');

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
