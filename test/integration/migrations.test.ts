import pg from 'pg';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { type Migration, migrate, readMigrations } from '../../src/database/migrator.js';
import { createEmptyDatabase, type TestDatabase } from '../support/empty-database.js';

const known = await readMigrations();

const newMigration = (sql: string, number = known.length + 1): Migration => ({
  number,
  name: `${number}_new.sql`,
  sql,
});

describe('migrations', () => {
  let database: TestDatabase;

  beforeEach(async () => {
    database = await createEmptyDatabase(inject('testDatabaseServer').url);
  });

  afterEach(async () => {
    await database.drop();
  });

  const query = async <Row extends pg.QueryResultRow>(sql: string): Promise<Row[]> => {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    try {
      return (await client.query<Row>(sql)).rows;
    } finally {
      await client.end();
    }
  };

  it.each(known.map((_, index) => index + 1))('prefix of %i applies, and the rest follows later', async (length) => {
    const first = await migrate(database.url, known.slice(0, length));
    const rest = await migrate(database.url);
    expect([...first, ...rest]).toEqual(known.map((migration) => migration.name));
  });

  it('of four that migrate at once one applies and the others find nothing to do', async () => {
    const applied = await Promise.all([1, 2, 3, 4].map(() => migrate(database.url)));
    expect(applied.map((names) => names.length).sort()).toEqual([0, 0, 0, known.length]);
  });

  it('a database that is newer than the code is refused and left as it is', async () => {
    await migrate(database.url, [...known, newMigration('CREATE TABLE later ()')]);
    await expect(migrate(database.url)).rejects.toThrow(/newer than this version of Novitai/);
    expect(await query('SELECT * FROM later')).toEqual([]);
  });

  it('a migration that was edited after it was applied is refused', async () => {
    await migrate(database.url, [newMigration('CREATE TABLE a ()', 1)]);
    await expect(migrate(database.url, [newMigration('CREATE TABLE b ()', 1)])).rejects.toThrow(/never edited/);
  });

  it('a migration that fails half-way changes nothing and can be repaired', async () => {
    const broken = newMigration('CREATE TABLE half (); SELECT 1/0;');
    await expect(migrate(database.url, [...known, broken])).rejects.toThrow(/changed nothing/);
    expect(await query("SELECT to_regclass('half') AS half")).toEqual([{ half: null }]);
    expect(await migrate(database.url, [...known, newMigration('CREATE TABLE half ()')])).toHaveLength(1);
  });
});
