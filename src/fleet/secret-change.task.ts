import type { Database } from '../database/pool.js';
import type { Tagger } from '../machines/domain/tag.js';
import { resealColumn } from '../secrets/sealed-columns.js';
import type { Sealing } from '../secrets/sealing.js';
import type { BackgroundTask, StatusValue } from '../timetable/background-task.js';
import { SEALED_COLUMNS } from './stored-secrets.js';

const EVERY_MS = 60_000;
const LEASE_SECONDS = 60;

/** Names at Novita cannot be changed: such a machine needs the secret before until it is deleted. */
const machinesOfSecretBefore = async (database: Database, tagger: Tagger): Promise<number> => {
  const rows = await database
    .selectFrom('machines')
    .innerJoin('create_attempts', (join) =>
      join
        .onRef('create_attempts.instance_id', '=', 'machines.instance_id')
        .onRef('create_attempts.number', '=', 'machines.attempt_number'),
    )
    .select('tag')
    .where('gone_at', 'is', null)
    .execute();
  return rows.filter(({ tag }) => !tagger.isCurrent(tag)).length;
};

/** A create whose outcome is unknown may still make a machine of that name. */
const openAttemptsOfSecretBefore = async (database: Database, tagger: Tagger): Promise<number> => {
  const rows = await database
    .selectFrom('create_attempts')
    .select('tag')
    .where('state', 'in', ['SENDING', 'AMBIGUOUS'])
    .execute();
  return rows.filter(({ tag }) => !tagger.isCurrent(tag)).length;
};

/** While the deployment secret is changed: seals stored secrets with the new secret, and counts what still needs the old secret. */
export const secretChangeTask = (database: Database, sealing: Sealing, tagger: Tagger): BackgroundTask => ({
  name: 'secret-change',
  description:
    'While DEPLOYMENT_SECRET_PREVIOUS is set: seals stored secrets with DEPLOYMENT_SECRET, and counts the machines and creates whose names still need the previous one. It may be removed when `needed` is false. Without this task, stored secrets stay sealed with the previous secret.',
  lease: { name: 'secret-change', seconds: () => LEASE_SECONDS },
  periodMs: () => EVERY_MS,
  longestPeriodMs: EVERY_MS,
  run: async (signal): Promise<StatusValue> => {
    let [resealed, unreadable] = [0, 0];
    for (const column of SEALED_COLUMNS) {
      const some = await resealColumn(database, column, sealing, signal);
      resealed += some.resealed;
      unreadable += some.unreadable;
    }
    const machines = await machinesOfSecretBefore(database, tagger);
    const openAttempts = await openAttemptsOfSecretBefore(database, tagger);
    return { resealed, unreadable, machines, openAttempts, needed: signal.aborted || machines + openAttempts > 0 };
  },
});
