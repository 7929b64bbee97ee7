import { createHmac, timingSafeEqual } from 'node:crypto';
import { decodeTime } from 'ulid';

/**
 * The name of a machine at Novita: `nvt-<deployment>-<ulid>-<attempt>-<mac>`, lower case, letters, digits and hyphens.
 *
 * It is the only thing by which a machine found in a list is traced to its attempt, so it carries a MAC: no name that a person
 * or another deployment makes can be taken for ours. Instances and attempts are read back from it without a database.
 */
export interface Tag {
  instanceId: string;
  attempt: number;
}

const PREFIX = 'nvt';
const MAC_LENGTH = 10;
const PATTERN = /^(nvt-([a-z0-9]{8})-([0-9a-hjkmnp-tv-z]{26})-([0-9a-z]{1,4}))-([a-z2-7]{10})$/;
const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

export class Tagger {
  /** @param otherSecret recognises the names that it signed */
  constructor(
    private readonly deploymentId: string,
    private readonly secret: string,
    private readonly otherSecret: string | null = null,
  ) {}

  write({ instanceId, attempt }: Tag): string {
    const body = [PREFIX, this.deploymentId, instanceId.replace(/^ins_/, '').toLowerCase(), attempt.toString(36)].join(
      '-',
    );
    return `${body}-${macOf(body, this.secret)}`;
  }

  /** Null for every name that this deployment did not write. */
  read(name: string): Tag | null {
    const match = PATTERN.exec(name);
    if (!match) return null;
    const [, body = '', deployment, ulid = '', attempt = '', mac = ''] = match;
    if (deployment !== this.deploymentId) return null;
    const isSignedBy = (secret: string): boolean => timingSafeEqual(Buffer.from(mac), Buffer.from(macOf(body, secret)));
    if (!isSignedBy(this.secret) && !(this.otherSecret !== null && isSignedBy(this.otherSecret))) return null;
    return { instanceId: `ins_${ulid.toUpperCase()}`, attempt: parseInt(attempt, 36) };
  }

  /** Whether the current secret signed this name. */
  isCurrent(name: string): boolean {
    const tag = this.read(name);
    return tag !== null && this.write(tag) === name;
  }
}

const macOf = (body: string, secret: string): string => {
  const digest = createHmac('sha256', secret).update(body).digest();
  return Array.from(digest.subarray(0, MAC_LENGTH), (byte) => BASE32.charAt(byte & 31)).join('');
};

/** When an instance was made, as its id says. */
export const madeAt = (instanceId: string): Date => new Date(decodeTime(instanceId.replace(/^ins_/, '')));
