/** How stored secrets are sealed anew, in a table of real rows: in pages, beside other writers, and with keys that are lost. */
import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDatabase, createPool, type Database } from '../../src/database/pool.js';
import { sessionUrl } from '../../src/database/session-url.js';
import { rotateEncryption, sayEnd } from '../../src/fleet/rotate-encryption.js';
import { SEALED_COLUMNS } from '../../src/fleet/stored-secrets.js';
import { countSealed, resealColumn, type SealedColumn } from '../../src/secrets/sealed-columns.js';
import { Sealing } from '../../src/secrets/sealing.js';
import type { TestDatabase } from '../support/empty-database.js';
import { eventually } from '../support/eventually.js';
import { createTestDatabase } from '../support/test-database.js';

const SECRET = 'a deployment secret of some length';
const COLUMN: SealedColumn = { table: 'kept', id: 'name', column: 'sealed', placeOf: (id) => `kept|${id}` };
const key = (id: string) => ({ id, bytes: randomBytes(32) });
const [FIRST, SECOND] = [key('first'), key('second')];
/** No two pages of it are full. */
const ROWS = 430;

const before = new Sealing(SECRET, null, [FIRST]);
const now = new Sealing(SECRET, null, [SECOND, FIRST]);
const never = new AbortController().signal;

let testDatabase: TestDatabase;
let database: Database;
beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = createDatabase(createPool({ url: testDatabase.url, maxConnections: 4, onIdleError: () => undefined }));
  await sql`CREATE TABLE kept (name text PRIMARY KEY, sealed text)`.execute(database);
});
afterAll(async () => {
  await database.destroy();
  await testDatabase.drop();
});

const nameOf = (at: number): string => `row-${String(at).padStart(4, '0')}`;
const fill = async (rows: number, sealing: Sealing): Promise<void> => {
  const names = Array.from({ length: rows }, (_, at) => nameOf(at));
  const texts = names.map((name) => sealing.seal(`secret of ${name}`, COLUMN.placeOf(name)));
  await sql`INSERT INTO kept SELECT * FROM unnest(${names}::text[], ${texts}::text[])`.execute(database);
};
const stored = async (): Promise<{ name: string; sealed: string | null }[]> =>
  (await sql<{ name: string; sealed: string | null }>`SELECT * FROM kept ORDER BY name`.execute(database)).rows;

beforeEach(() => sql`TRUNCATE kept`.execute(database));

describe('stored secrets', () => {
  it('stand in no column that rotation does not know', async () => {
    const { rows } = await sql<{ table: string; column: string }>`
      SELECT table_name AS table, column_name AS column FROM information_schema.columns
      WHERE column_name LIKE 'sealed%' AND table_name <> 'kept' AND table_schema = 'public'`.execute(database);
    const known = SEALED_COLUMNS.map(({ table, column }) => `${table}.${column}`);
    expect(rows.map(({ table, column }) => `${table}.${column}`).toSorted()).toEqual(known.toSorted());
    // each of them can be read
    expect(await rotateEncryption(database, now, never, () => undefined)).toEqual({ left: 0, unreadable: 0 });
  });

  it('are all sealed with the first key, page by page, and say the same as before', async () => {
    await fill(ROWS, before);
    await sql`INSERT INTO kept VALUES ('none', NULL), ('today', ${now.seal('x', 'kept|today')})`.execute(database);
    expect(await countSealed(database, COLUMN, now)).toEqual({ texts: ROWS + 1, ofOtherKeys: ROWS, ofUnknownKeys: 0 });
    const told: number[] = [];
    const ended = await resealColumn(database, COLUMN, now, never, ({ resealed }) => told.push(resealed));
    expect(ended).toEqual({ resealed: ROWS, unreadable: 0 });
    expect(told).toEqual([200, 400, ROWS]);
    const only = new Sealing('another secret', null, [SECOND]);
    for (const { name, sealed } of (await stored()).slice(2, -1)) {
      if (sealed !== null) expect(only.open(sealed, COLUMN.placeOf(name))).toContain(name);
    }
    expect(await countSealed(database, COLUMN, only)).toMatchObject({ texts: ROWS + 1, ofOtherKeys: 0 });
    expect(await resealColumn(database, COLUMN, now, never)).toEqual({ resealed: 0, unreadable: 0 });
  });

  it('are left as they are when it is stopped, and the next run goes on', async () => {
    await fill(ROWS, before);
    const stopping = new AbortController();
    const ended = await resealColumn(database, COLUMN, now, stopping.signal, () => {
      stopping.abort();
    });
    expect(ended).toEqual({ resealed: 200, unreadable: 0 });
    expect(await countSealed(database, COLUMN, now)).toMatchObject({ ofOtherKeys: ROWS - 200, ofUnknownKeys: 0 });
    expect((await resealColumn(database, COLUMN, now, never)).resealed).toBe(ROWS - 200);
  });

  it('that a replica writes at the same moment stay as it wrote them', async () => {
    await fill(3, before);
    const writer = new pg.Client({ connectionString: sessionUrl(testDatabase.url) });
    await writer.connect();
    const newer = before.seal('written meanwhile', COLUMN.placeOf(nameOf(1)));
    await writer.query('BEGIN');
    await writer.query('UPDATE kept SET sealed = $2 WHERE name = $1', [nameOf(1), newer]);
    const running = resealColumn(database, COLUMN, now, never);
    await eventually('it waits for the writer', async () => {
      const { rows } = await writer.query(
        `SELECT FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted AND datname = current_database()`,
      );
      return rows.length > 0;
    });
    await writer.query('COMMIT');
    await writer.end();
    expect(await running).toEqual({ resealed: 2, unreadable: 0 });
    expect((await stored())[1]?.sealed).toBe(newer);
    expect(await countSealed(database, COLUMN, now)).toMatchObject({ ofOtherKeys: 1 });
  });

  it('whose key is lost are counted and stay, as do those that were changed', async () => {
    await fill(3, before);
    await sql`UPDATE kept SET sealed = ${new Sealing('lost').seal('x', 'kept|row-0000')} WHERE name = 'row-0000'`.execute(
      database,
    );
    await sql`UPDATE kept SET sealed = sealed || 'AAAA' WHERE name = 'row-0001'`.execute(database);
    await sql`INSERT INTO kept VALUES ('not sealed', 'x')`.execute(database);
    const kept = (await stored()).filter(({ name }) => name !== 'row-0002');
    expect(await countSealed(database, COLUMN, now)).toEqual({ texts: 4, ofOtherKeys: 4, ofUnknownKeys: 2 });
    expect(await resealColumn(database, COLUMN, now, never)).toEqual({ resealed: 1, unreadable: 3 });
    expect((await stored()).filter(({ name }) => name !== 'row-0002')).toEqual(kept);
  });
});

describe('the last words of a rotation', () => {
  it.each([
    [{ left: 0, unreadable: 0 }, false, /^0 left.*Older keys may be removed\.$/],
    [{ left: 7, unreadable: 0 }, true, /^7 left\. Stopped before the end\. Run it again\. Keep all keys/],
    [{ left: 2, unreadable: 2 }, false, /^2 left\. 2 of them no key opens: [^.]+\. Keep all keys/],
    [{ left: 3, unreadable: 2 }, false, /^3 left\. 2 of them no key opens: [^.]+\. Run it again\. Keep all keys/],
  ])('of %j, stopped: %j', (end, wasStopped, words) => {
    expect(sayEnd(end, wasStopped)).toMatch(words);
  });
});
