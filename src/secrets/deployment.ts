/**
 * The identity of this deployment: an id in the names of its machines, and a secret that signs those names and encrypts stored secrets.
 * The id never changes. The secret is replaced only by a start that knows both (docs/runbook.md). A database of another secret is refused:
 * its machines would look foreign, and its secrets could not be decrypted.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../time/clock.js';
import type { Random } from '../time/ids.js';
import type { Database } from '../database/pool.js';
import { StartupRefusedError } from '../database/startup-refused.error.js';

export interface Deployment {
  /** 8 characters, a-z and 0-9. */
  readonly deploymentId: string;
  readonly secret: string;
  /** It signed and encrypted before, or soon will: what carries it is recognised and opened. */
  readonly otherSecret: string | null;
  readonly createdAt: Date;
}

const ID_LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';
const ID_LENGTH = 8;
const SECRET_BYTES = 32;

const fingerprintOf = (secret: string): string => createHash('sha256').update(secret).digest('hex');

const makeId = (random: Random): string =>
  Array.from({ length: ID_LENGTH }, () => ID_LETTERS[Math.floor(random() * ID_LETTERS.length)]).join('');

/** Makes the row if there is none. When several replicas start at once, one makes it and all read it. */
const readOrMakeRow = async (database: Database, given: string | null, clock: Clock, random: Random) => {
  const made = given === null ? randomBytes(SECRET_BYTES).toString('hex') : null;
  await database
    .insertInto('deployment')
    .values({
      deployment_id: makeId(random),
      // a secret of the operator is not stored
      secret: made,
      secret_fingerprint: fingerprintOf(given ?? made ?? ''),
      created_at: clock.now(),
    })
    .onConflict((conflict) => conflict.column('one').doNothing())
    .execute();
  return database.selectFrom('deployment').selectAll().executeTakeFirstOrThrow();
};

/** The database changes to this secret. A secret that Novitai made is deleted from it. Two that start together do the same. */
const changeSecret = async (database: Database, from: string, to: string): Promise<void> => {
  await database
    .updateTable('deployment')
    .set({ secret: null, secret_fingerprint: to })
    .where('secret_fingerprint', '=', from)
    .execute();
};

/**
 * @param given the operator's DEPLOYMENT_SECRET, or null: then a secret is made and stored in the database
 * @param other the operator's DEPLOYMENT_SECRET_PREVIOUS: a database of this secret is opened too, and changes to the given one
 * @throws StartupRefusedError when the database is of neither secret
 */
export const openDeployment = async (
  database: Database,
  given: string | null,
  other: string | null,
  clock: Clock,
  random: Random,
): Promise<Deployment> => {
  const row = await readOrMakeRow(database, given, clock, random);
  const secret = given ?? row.secret;
  if (secret === null) {
    throw new StartupRefusedError(
      'DEPLOYMENT_SECRET is not set, but this database was made with one. Without it the machines of this deployment ' +
        'cannot be recognised, and they are billed. Set the same secret again.',
    );
  }
  const fingerprint = fingerprintOf(secret);
  const isOfOther = other !== null && given !== null && fingerprintOf(other) === row.secret_fingerprint;
  if (fingerprint !== row.secret_fingerprint && isOfOther) {
    await changeSecret(database, row.secret_fingerprint, fingerprint);
  } else if (fingerprint !== row.secret_fingerprint) {
    throw new StartupRefusedError(
      'DEPLOYMENT_SECRET is not the secret of this database. Set that secret again' +
        (row.secret === null
          ? '.'
          : ', or remove the variable: Novitai made the secret, and it is stored in the database.') +
        ' To change it, see "Changing the deployment secret" in docs/runbook.md.',
    );
  }
  return { deploymentId: row.deployment_id, secret, otherSecret: other, createdAt: row.created_at };
};
