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
  constructor(
    private readonly deploymentId: string,
    private readonly secret: string,
  ) {}

  write({ instanceId, attempt }: Tag): string {
    const body = [PREFIX, this.deploymentId, instanceId.replace(/^ins_/, '').toLowerCase(), attempt.toString(36)].join(
      '-',
    );
    return `${body}-${this.mac(body)}`;
  }

  /** Null for every name that this deployment did not write. */
  read(name: string): Tag | null {
    const match = PATTERN.exec(name);
    if (!match) return null;
    const [, body = '', deployment, ulid = '', attempt = '', mac = ''] = match;
    if (deployment !== this.deploymentId) return null;
    if (!timingSafeEqual(Buffer.from(mac), Buffer.from(this.mac(body)))) return null;
    return { instanceId: `ins_${ulid.toUpperCase()}`, attempt: parseInt(attempt, 36) };
  }

  private mac(body: string): string {
    const digest = createHmac('sha256', this.secret).update(body).digest();
    return Array.from(digest.subarray(0, MAC_LENGTH), (byte) => BASE32.charAt(byte & 31)).join('');
  }
}

/** When an instance was made, as its id says. */
export const madeAt = (instanceId: string): Date => new Date(decodeTime(instanceId.replace(/^ins_/, '')));
