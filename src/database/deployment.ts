import { createHash } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Clock } from '../time/clock.js';
import type { Random } from '../time/ids.js';
import { StartupRefusedError } from './startup-refused.error.js';
import type { Tables } from './tables.js';

/** Which Novitai this is. Its id is in every machine's name; its secret makes those names unforgeable and seals secrets at rest. */
export interface Deployment {
  /** 8 characters, a-z and 0-9. */
  deploymentId: string;
  secret: string;
}

const ID_ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';
const ID_LENGTH = 8;

/**
 * The deployment of this database, made at the first start. The secret is the operator's (`DEPLOYMENT_SECRET`; then only its
 * fingerprint is kept), or a random one that is kept in the database.
 * @throws StartupRefusedError when the operator's secret is not the one that this database was made with
 */
export const openDeployment = async (
  database: Kysely<Tables>,
  givenSecret: string | null,
  clock: Clock,
  random: Random,
): Promise<Deployment> => {
  const secret = givenSecret ?? randomText(random, 64);
  await database
    .insertInto('deployment')
    .values({
      deployment_id: randomText(random, ID_LENGTH),
      secret: givenSecret === null ? secret : null,
      secret_fingerprint: fingerprintOf(secret),
      created_at: clock.now(),
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  // whoever was first, this is what counts
  const row = await database.selectFrom('deployment').selectAll().executeTakeFirstOrThrow();
  const known = row.secret ?? givenSecret;
  if (known === null) {
    throw new StartupRefusedError(
      'This database was made with a DEPLOYMENT_SECRET, and none is given now. Without it the names of its machines cannot be verified: give the same DEPLOYMENT_SECRET again.',
    );
  }
  if ((givenSecret !== null && givenSecret !== known) || fingerprintOf(known) !== row.secret_fingerprint) {
    throw new StartupRefusedError(
      'DEPLOYMENT_SECRET is not the one that this database was made with. Give the old one again: with another, no machine in this database could be recognised as ours.',
    );
  }
  return { deploymentId: row.deployment_id, secret: known };
};

const fingerprintOf = (secret: string): string => createHash('sha256').update(secret).digest('hex');

const randomText = (random: Random, length: number): string =>
  Array.from({ length }, () => ID_ALPHABET.charAt(Math.floor(random() * ID_ALPHABET.length))).join('');
