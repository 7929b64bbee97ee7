import { sql } from 'kysely';
import { accessContext } from '../machines/store/machine.row.js';
import type { Tagger } from '../machines/domain/tag.js';
import type { Database } from '../database/pool.js';
import { envsContext } from '../novita-instances/store/instance.row.js';
import { UnsealError, type Sealing } from '../secrets/sealing.js';
import { webhookSecretsContext } from '../webhooks/domain/signing-secrets.js';
import type { BackgroundTask, StatusValue } from '../timetable/background-task.js';

const ROWS_AT_ONCE = 200;
const EVERY_MS = 60_000;
const LEASE_SECONDS = 60;

/** A text that is sealed with the secret before, and where it is. */
interface OldText {
  id: string;
  sealed: string;
  place: string;
}

/** The sealed texts of one table. */
interface SealedTexts {
  /** Texts after this id that do not begin like those of the current secret, in order. */
  page(afterId: string, currentPrefix: string): Promise<OldText[]>;
  /** Stores the text sealed anew, unless it has changed meanwhile. */
  replace(old: OldText, sealed: string): Promise<void>;
}

/** @param placeOf what a text of this column is bound to */
const sealedTexts = (
  database: Database,
  table: string,
  id: string,
  column: string,
  placeOf: (id: string) => string,
): SealedTexts => ({
  page: async (afterId, currentPrefix) => {
    const { rows } = await sql<{ id: string; sealed: string }>`
      SELECT ${sql.ref(id)} AS id, ${sql.ref(column)} AS sealed FROM ${sql.table(table)}
      WHERE ${sql.ref(id)} > ${afterId} AND ${sql.ref(column)} NOT LIKE ${`${currentPrefix}%`}
      ORDER BY ${sql.ref(id)} LIMIT ${ROWS_AT_ONCE}`.execute(database);
    return rows.map((row) => ({ ...row, place: placeOf(row.id) }));
  },
  replace: async (old, sealed) => {
    await sql`UPDATE ${sql.table(table)} SET ${sql.ref(column)} = ${sealed}
      WHERE ${sql.ref(id)} = ${old.id} AND ${sql.ref(column)} = ${old.sealed}`.execute(database);
  },
});

const allTexts = (database: Database): SealedTexts[] => [
  sealedTexts(database, 'instances', 'id', 'sealed_envs', envsContext),
  sealedTexts(database, 'machines', 'machine_id', 'sealed_access', accessContext),
  sealedTexts(database, 'webhook_endpoints', 'id', 'sealed_secrets', webhookSecretsContext),
];

/** Seals each text anew. Returns the number of texts that no known secret opens. */
const resealAll = async (texts: SealedTexts, sealing: Sealing, signal: AbortSignal): Promise<[number, number]> => {
  let [resealed, unreadable] = [0, 0];
  let afterId = '';
  for (;;) {
    const page = await texts.page(afterId, sealing.currentPrefix);
    for (const old of page) {
      if (signal.aborted) return [resealed, unreadable];
      try {
        await texts.replace(old, sealing.seal(sealing.open(old.sealed, old.place), old.place));
        resealed++;
      } catch (error) {
        if (!(error instanceof UnsealError)) throw error;
        unreadable++;
      }
    }
    if (page.length < ROWS_AT_ONCE) return [resealed, unreadable];
    afterId = page.at(-1)?.id ?? '';
  }
};

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
    for (const texts of allTexts(database)) {
      const [some, others] = await resealAll(texts, sealing, signal);
      resealed += some;
      unreadable += others;
    }
    const machines = await machinesOfSecretBefore(database, tagger);
    const openAttempts = await openAttemptsOfSecretBefore(database, tagger);
    return { resealed, unreadable, machines, openAttempts, needed: signal.aborted || machines + openAttempts > 0 };
  },
});
