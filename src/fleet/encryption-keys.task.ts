import type { Database } from '../database/pool.js';
import { countAllSealed } from '../secrets/sealed-columns.js';
import type { Sealing } from '../secrets/sealing.js';
import type { BackgroundTask, StatusValue } from '../timetable/background-task.js';
import { SEALED_COLUMNS } from './stored-secrets.js';

const EVERY_MS = 300_000;
/** Soon again: three failures in a row are what `/health` and the alert report. */
const AFTER_FAILURE_EVERY_MS = 60_000;

/** A key is missing in the key ring. The log has the message, and `/api/background-tasks` the name. */
export class EncryptionKeysMissing extends Error {
  constructor(texts: number) {
    super(
      `${texts} stored secrets are encrypted with keys that this replica does not have: their instances get no machine, and their ` +
        'webhooks are not signed. Put the key back into ENCRYPTION_KEYS, or the secret into DEPLOYMENT_SECRET_PREVIOUS.',
    );
    this.name = 'EncryptionKeysMissing';
  }
}

/** Compares the keys of this replica with those that stored secrets need. Each replica does it, since each reads its own key ring. */
export const encryptionKeysTask = (database: Database, sealing: Sealing): BackgroundTask => {
  let isMissing = false;
  return {
    name: 'encryption-keys',
    description:
      'Counts the stored secrets (`texts`), and those that another key than the current one encrypted (`ofOtherKeys`), which `npm run keys -- rotate-encryption` encrypts anew. Fails when there are secrets whose key this replica does not have. Without this task a missing key is noticed only when a secret is needed.',
    lease: null,
    periodMs: () => (isMissing ? AFTER_FAILURE_EVERY_MS : EVERY_MS),
    longestPeriodMs: EVERY_MS,
    run: async (): Promise<StatusValue> => {
      const { texts, ofOtherKeys, ofUnknownKeys } = await countAllSealed(database, SEALED_COLUMNS, sealing);
      isMissing = ofUnknownKeys > 0;
      if (isMissing) throw new EncryptionKeysMissing(ofUnknownKeys);
      return { texts, ofOtherKeys };
    },
  };
};
