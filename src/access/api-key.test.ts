import { timingSafeEqual } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { hashOfSecret, judgeKey, readKey, writeKey, type ApiKey } from './api-key.js';

const ID = 'key_01JGFJJZ00N5MQ2YS3B3X8T1RV';
const NOW = new Date('2026-01-01T12:00:00.000Z');
const at = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1000);

const keyOf = (changes: Partial<ApiKey> = {}): ApiKey => ({
  id: ID,
  name: 'ci',
  projectId: null,
  scopes: ['instances:read'],
  secretHash: hashOfSecret('now'),
  previous: null,
  createdAt: NOW,
  expiresAt: null,
  revokedAt: null,
  lastUsedAt: null,
  ...changes,
});

describe('the text of an API key', () => {
  const { key, secretHash } = writeKey(ID, Buffer.alloc(32, 0xab));

  it('has its id, its secret and a checksum, and is read as it was written', () => {
    expect(key).toMatch(/^nvt_01JGFJJZ00N5MQ2YS3B3X8T1RV_(ab){32}[0-9a-f]{8}$/);
    expect(readKey(key)).toEqual({ id: ID, secretHash });
  });

  it('is no key when one letter of it is another one, is missing or is too much', () => {
    for (let place = 0; place < key.length; place++) {
      const other = key[place] === '1' ? '2' : '1';
      expect(readKey(key.slice(0, place) + other + key.slice(place + 1)), `letter ${place}`).toBeNull();
    }
    expect(readKey(key.slice(0, -1))).toBeNull();
    expect(readKey(`${key}0`)).toBeNull();
    expect(readKey(` ${key}`)).toBeNull();
    expect(readKey(key.toUpperCase())).toBeNull();
    expect(readKey('')).toBeNull();
  });
});

describe('the verdict on a key', () => {
  const right = hashOfSecret('now');
  const old = hashOfSecret('before');

  it.each([
    ['valid', 'the right secret', keyOf(), right],
    ['wrong', 'another secret', keyOf(), old],
    ['wrong', 'an unknown id', undefined, right],
    ['wrong', 'the hash that stands in for no key', undefined, Buffer.alloc(32)],
    ['wrong', 'that hash, for a key without an old secret', keyOf(), Buffer.alloc(32)],
    ['valid', 'a secret that ends in a second', keyOf({ expiresAt: at(1) }), right],
    ['expired', 'a secret that ends now', keyOf({ expiresAt: at(0) }), right],
    ['revoked', 'a revoked key', keyOf({ revokedAt: at(-1), expiresAt: at(-2) }), right],
    ['wrong', 'another secret of a revoked key', keyOf({ revokedAt: at(-1) }), old],
    ['valid', 'an old secret in time', keyOf({ previous: { secretHash: old, until: at(1) } }), old],
    ['expired', 'an old secret after its time', keyOf({ previous: { secretHash: old, until: at(0) } }), old],
    ['valid', 'the new secret then', keyOf({ previous: { secretHash: old, until: at(0) } }), right],
    [
      'expired',
      'an old secret of an ended key',
      keyOf({ expiresAt: at(0), previous: { secretHash: old, until: at(1) } }),
      old,
    ],
    [
      'revoked',
      'an old secret of a revoked key',
      keyOf({ revokedAt: NOW, previous: { secretHash: old, until: at(1) } }),
      old,
    ],
  ])('is "%s" for %s', (verdict, _what, known, secretHash) => {
    expect(judgeKey(known, secretHash, NOW)).toBe(verdict);
  });

  it('takes the same comparisons, whatever it is', () => {
    const known = [
      undefined,
      keyOf(),
      keyOf({ revokedAt: at(-1) }),
      keyOf({ expiresAt: at(0) }),
      keyOf({ previous: { secretHash: old, until: at(0) } }),
    ];
    for (const key of known) {
      for (const secretHash of [right, old, hashOfSecret('another')]) {
        const compared: number[] = [];
        judgeKey(key, secretHash, NOW, (one, other) => {
          compared.push(one.length, other.length);
          return timingSafeEqual(one, other);
        });
        expect(compared).toEqual([32, 32, 32, 32]);
      }
    }
  });
});
