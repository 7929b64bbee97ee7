/**
 * Brings a database to the schema of this code: forward only, in order, each migration in one transaction together with the record that
 * it was applied. When several replicas start at once, one applies and the others wait. It refuses a database that is newer than the
 * code, unless the newer migrations say that this code runs with them, and a database whose applied migrations differ from those in this
 * code, since its schema is unknown.
 *
 * A migration that only adds has a line such as `-- runs with code from 0004`: code that knows at least four migrations may start on it.
 * Then two versions run side by side, and a release can be rolled back. Remove things one release after the code stops using them.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import pg from 'pg';
import { sessionUrl } from './session-url.js';
import { StartupRefusedError } from './startup-refused.error.js';

export interface Migration {
  /** Counts from 1 without gaps. */
  number: number;
  /** The file's name. */
  name: string;
  sql: string;
  /** How many migrations code must know to run on this schema. */
  oldestCode: number;
}

interface AppliedMigration {
  number: number;
  name: string;
  checksum: string;
  /** Null: applied before this was recorded. */
  oldest_code: number | null;
}

const RUNS_WITH = /^-- runs with code from (\d{4})$/m;
const FILE_NAME = /^(\d{4})_[a-z0-9_]+\.sql$/;

/** An arbitrary constant. It must be the same in every version, or two versions could migrate at once. */
const MIGRATION_LOCK = 7_201_551_100;

/** Valid from `dist/database` and from the bundle in `dist/bundle`. */
const MIGRATIONS_FOLDER = new URL('../database/migrations/', import.meta.url);

const checksumOf = (migration: Migration): string => createHash('sha256').update(migration.sql).digest('hex');

/** Reads `NNNN_what_it_does.sql` files, in order. */
export const readMigrations = async (folder: URL = MIGRATIONS_FOLDER): Promise<Migration[]> => {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(
    names.map(async (name, index) => {
      const number = Number(FILE_NAME.exec(name)?.[1]);
      if (number !== index + 1) throw new Error(`migration ${name} should be number ${index + 1}`);
      const sql = await readFile(new URL(name, folder), 'utf8');
      return { number, name, sql, oldestCode: Number(RUNS_WITH.exec(sql)?.[1] ?? number) };
    }),
  );
};

const refuseIfForeign = (applied: AppliedMigration[], migrations: Migration[]): void => {
  const newest = applied.at(-1);
  const known = migrations.length;
  const unknown = applied.filter(({ number }) => number > known);
  if (newest && unknown.some(({ number, oldest_code: oldestCode }) => (oldestCode ?? number) > known)) {
    throw new StartupRefusedError(
      `The database is newer than this version of Novitai: it is at migration ${newest.number} (${newest.name}) and ` +
        `this version knows ${known}. Run the version that made it or a later one, or restore the backup from before.`,
    );
  }
  for (const row of applied.slice(0, known)) {
    const migration = migrations[row.number - 1];
    if (migration && checksumOf(migration) === row.checksum) continue;
    throw new StartupRefusedError(
      `Migration ${row.number} was applied to the database as ${row.name}, but this version of Novitai has another ` +
        `text for it. Applied migrations are never edited: run the version that made the database, or a later one.`,
    );
  }
};

const apply = async (client: pg.Client, migration: Migration): Promise<void> => {
  await client.query('BEGIN');
  try {
    await client.query(migration.sql);
    await client.query('INSERT INTO schema_migrations (number, name, checksum, oldest_code) VALUES ($1, $2, $3, $4)', [
      migration.number,
      migration.name,
      checksumOf(migration),
      migration.oldestCode,
    ]);
    await client.query('COMMIT');
  } catch (cause) {
    await client.query('ROLLBACK');
    throw new Error(`migration ${migration.name} failed and changed nothing`, { cause });
  }
};

/**
 * Applies the missing migrations and returns their names. Waits without limit for another replica that is migrating. Uses a connection
 * without the time limits of the pool, since migrations may take long.
 */
export const migrate = async (url: string, migrations?: Migration[]): Promise<string[]> => {
  const known = migrations ?? (await readMigrations());
  const client = new pg.Client({
    connectionString: sessionUrl(url),
    application_name: 'novitai-migrator',
    keepAlive: true,
  });
  // a lost connection rejects the running query; without a listener the event would end the process
  client.on('error', () => undefined);
  await client.connect();
  try {
    // the end of the session releases the lock in any case
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await client.query(
      `CREATE TABLE IF NOT EXISTS schema_migrations (
         number     integer PRIMARY KEY,
         name       text NOT NULL,
         checksum   text NOT NULL,
         applied_at timestamptz NOT NULL DEFAULT now()
       )`,
    );
    await client.query('ALTER TABLE schema_migrations ADD COLUMN IF NOT EXISTS oldest_code integer');
    const { rows: applied } = await client.query<AppliedMigration>(
      'SELECT number, name, checksum, oldest_code FROM schema_migrations ORDER BY number',
    );
    refuseIfForeign(applied, known);
    const missing = known.slice(applied.length);
    for (const migration of missing) await apply(client, migration);
    return missing.map((migration) => migration.name);
  } finally {
    await client.end();
  }
};
