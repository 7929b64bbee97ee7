/**
 * Encrypts ("seals") short texts (passwords, env values), so that a copy of the database does not reveal them: AES-256-GCM with a key of
 * the operator's key ring or, without one, a key derived from the deployment secret, and a nonce for each text. A sealed text is bound to
 * its place: in another row or field it does not open.
 * Its form is `s1.<key id>.<nonce>.<ciphertext and tag>`. The key id says which key opens it, so that a key can be replaced while texts
 * sealed with the old one still exist.
 */
import { LRUCache } from 'lru-cache';
import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, randomBytes, type KeyObject } from 'node:crypto';

/**
 * The cache of opened texts, which are read often. Most have a few hundred bytes, so those of a large fleet fit. Of the longest texts that
 * callers may send (100 KB) about a hundred fit; others are opened again.
 */
const OPENED_BYTES = 16 * 1024 * 1024;

const VERSION = 's1';
const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const KEY_ID_BYTES = 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A key of the operator: 32 bytes. */
export interface GivenKey {
  id: string;
  bytes: Buffer;
}

/** The place of the key of the deployment secret in a ring. */
export const OF_SECRET = Symbol('OF_SECRET');

interface Key {
  id: string;
  /** A KeyObject, since Node would make one from bytes for each text, which takes longer than decrypting. */
  key: KeyObject;
}

const derive = (secret: string, purpose: string, length: number): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, '', `novitai ${purpose}`, length));

const keyOf = (secret: string): Key => ({
  id: derive(secret, 'sealing key id', KEY_ID_BYTES).toString('hex'),
  key: createSecretKey(derive(secret, 'sealing key', KEY_BYTES)),
});

/** A sealed text that no known key opens, or that was changed or moved. */
export class UnsealError extends Error {
  constructor(reason: string, options?: ErrorOptions) {
    super(`a sealed value cannot be opened: ${reason}`, options);
    this.name = 'UnsealError';
  }
}

/** Encrypts what must not be readable in the database. `context` binds a sealed text to its place. */
export interface Sealer {
  seal(text: string, context: string): string;
  open(sealed: string, context: string): string;
}

export class Sealing implements Sealer {
  /** How every text begins that the current key sealed. */
  readonly currentPrefix: string;
  private readonly current: Key;
  private readonly keys: Map<string, Key>;
  private readonly opened = new LRUCache<string, string>({
    maxSize: OPENED_BYTES,
    // in bytes of memory: sealed text is ASCII, opened text may have two bytes a character
    sizeCalculation: (text, entry) => entry.length + 2 * text.length,
  });

  /**
   * @param otherSecret only opens what it sealed
   * @param ring its first key seals, and all of them open. Empty: the key of `secret` seals.
   * @throws RangeError when a key of the ring has the id of a key of a secret
   */
  constructor(secret: string, otherSecret: string | null = null, ring: readonly (GivenKey | typeof OF_SECRET)[] = []) {
    const own = keyOf(secret);
    const ofSecrets = [own, ...(otherSecret === null ? [] : [keyOf(otherSecret)])];
    const given = ring.map((entry) =>
      entry === OF_SECRET ? own : { id: entry.id, key: createSecretKey(entry.bytes) },
    );
    const taken = given.find((one) => one !== own && ofSecrets.some(({ id }) => id === one.id));
    if (taken) throw new RangeError(`the id ${taken.id} belongs to a key of DEPLOYMENT_SECRET`);
    const all: [Key, ...Key[]] = [...given, ...ofSecrets] as [Key, ...Key[]];
    this.current = all[0];
    this.currentPrefix = `${VERSION}.${this.current.id}.`;
    this.keys = new Map(all.map((key) => [key.id, key]));
  }

  /** How the texts begin that can be opened. */
  get knownPrefixes(): string[] {
    return [...this.keys.keys()].map((id) => `${VERSION}.${id}.`);
  }

  /** @param place where the text is stored, as `table|row|field`; `open` needs the same */
  seal(text: string, place: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.current.key, nonce);
    cipher.setAAD(Buffer.from(place, 'utf8'));
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return `${this.currentPrefix}${nonce.toString('base64url')}.${sealed.toString('base64url')}`;
  }

  /** @throws UnsealError */
  open(sealedText: string, place: string): string {
    const entry = `${place}|${sealedText}`;
    let text = this.opened.get(entry);
    if (text === undefined) {
      text = this.unseal(sealedText, place);
      this.opened.set(entry, text);
    }
    return text;
  }

  /** The memory that the opened texts use. */
  get openedBytes(): number {
    return this.opened.calculatedSize;
  }

  private unseal(sealedText: string, place: string): string {
    const [version, keyId = '', nonce = '', body = ''] = sealedText.split('.');
    const key = this.keys.get(keyId);
    if (version !== VERSION || !key) throw new UnsealError(`it is of version ${version ?? ''} and key ${keyId}`);
    const sealed = Buffer.from(body, 'base64url');
    try {
      const decipher = createDecipheriv(CIPHER, key.key, Buffer.from(nonce, 'base64url'), { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(place, 'utf8'));
      decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
      return Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()]).toString('utf8');
    } catch (cause) {
      throw new UnsealError('it was changed, or belongs somewhere else', { cause });
    }
  }
}
