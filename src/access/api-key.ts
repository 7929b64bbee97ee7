/**
 * API keys: `nvt_<id>_<secret><checksum>`. The id is the ULID of the key's id, the secret 256 random bits, and the checksum a CRC-32 of what
 * stands before it, by which a scanner for leaked keys tells a key from other text. Only a SHA-256 of the secret is stored; it needs no
 * salt and no slow hash, since 256 random bits cannot be guessed.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Scope } from '../vocabulary/scope.js';

export interface ApiKey {
  /** `key_<ulid>` */
  id: string;
  name: string;
  /** The project that the key sees. Null: a key of operators, which sees all. */
  projectId: string | null;
  scopes: readonly Scope[];
  secretHash: Buffer;
  /** The secret before the last rotation. It works until `until`. */
  previous: { secretHash: Buffer; until: Date } | null;
  createdAt: Date;
  /** Null: never. */
  expiresAt: Date | null;
  revokedAt: Date | null;
  /** To the minute. Null: not yet. */
  lastUsedAt: Date | null;
}

export const KEY_ID = /^key_[0-9A-HJKMNP-TV-Z]{26}$/;
export const KEY_PREFIX = 'nvt_';
export const SECRET_BYTES = 32;

const KEY = /^(nvt_([0-9A-HJKMNP-TV-Z]{26})_([0-9a-f]{64}))([0-9a-f]{8})$/;

const checksumOf = (text: string): string => crc32(text).toString(16).padStart(8, '0');

export const hashOfSecret = (secret: string): Buffer => createHash('sha256').update(secret).digest();

/** @param secret of {@link SECRET_BYTES} random bytes */
export const writeKey = (id: string, secret: Buffer): { key: string; secretHash: Buffer } => {
  const hex = secret.toString('hex');
  const text = `${KEY_PREFIX}${id.slice('key_'.length)}_${hex}`;
  return { key: text + checksumOf(text), secretHash: hashOfSecret(hex) };
};

/** What is in the text of a key, or null when the text is not a key: mistyped, cut off, or of another service. */
export const readKey = (text: string): { id: string; secretHash: Buffer } | null => {
  const [, signed, ulid, secret, checksum] = KEY.exec(text) ?? [];
  if (signed === undefined || secret === undefined || checksumOf(signed) !== checksum) return null;
  return { id: `key_${ulid ?? ''}`, secretHash: hashOfSecret(secret) };
};

export type KeyVerdict = 'valid' | 'wrong' | 'revoked' | 'expired';

/** Compared for a key that does not exist, so that an unknown id costs as much as a wrong secret. */
const ABSENT_HASH = Buffer.alloc(32);

/**
 * Only the owner of a secret is told that it was revoked or has expired. Every key takes the same steps, whatever the verdict.
 * @param isSame compares in constant time
 */
export const judgeKey = (
  known: ApiKey | undefined,
  secretHash: Buffer,
  now: Date,
  isSame: (one: Buffer, other: Buffer) => boolean = timingSafeEqual,
): KeyVerdict => {
  const isCurrent = isSame(known?.secretHash ?? ABSENT_HASH, secretHash);
  const isPrevious = isSame(known?.previous?.secretHash ?? ABSENT_HASH, secretHash);
  if (!known || !(isCurrent || (isPrevious && known.previous))) return 'wrong';
  if (known.revokedAt) return 'revoked';
  if (known.expiresAt && known.expiresAt <= now) return 'expired';
  if (!isCurrent && known.previous && known.previous.until <= now) return 'expired';
  return 'valid';
};
