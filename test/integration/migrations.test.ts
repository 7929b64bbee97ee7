import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { type Migration, migrate, readMigrations } from '../../src/database/migrator.js';
import { createEmptyDatabase, type TestDatabase } from '../support/empty-database.js';

const known = await readMigrations();

const newMigration = (sql: string, number = known.length + 1, oldestCode = number): Migration => ({
  number,
  name: `${number}_new.sql`,
  sql,
  oldestCode,
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

  it('a database whose newer migrations only add is one that this code runs with, as long as all of them do', async () => {
    const [next, afterNext] = [known.length + 1, known.length + 2];
    const added = newMigration('CREATE TABLE added ()', next, known.length);
    await migrate(database.url, [...known, added]);
    expect(await migrate(database.url)).toEqual([]);
    await expect(migrate(database.url, known.slice(0, -1))).rejects.toThrow(/newer than this version of Novitai/);
    await migrate(database.url, [...known, added, newMigration('DROP TABLE added', afterNext, next)]);
    await expect(migrate(database.url)).rejects.toThrow(/newer than this version of Novitai/);
    expect(await migrate(database.url, [...known, added])).toEqual([]);
  });

  it('a database is newer than the code when any of its newer migrations is, whatever the later ones say', async () => {
    const [next, afterNext] = [known.length + 1, known.length + 2];
    const takes = newMigration('SELECT 1', next);
    await migrate(database.url, [...known, takes, newMigration('CREATE TABLE added ()', afterNext, known.length)]);
    await expect(migrate(database.url)).rejects.toThrow(/newer than this version of Novitai/);
    expect(await migrate(database.url, [...known, takes])).toEqual([]);
  });

  it('a newer migration of which it was never written down whom it runs with is one that this code does not', async () => {
    await migrate(database.url, [...known, newMigration('CREATE TABLE added ()', known.length + 1, 1)]);
    expect(await migrate(database.url)).toEqual([]);
    await query('UPDATE schema_migrations SET oldest_code = NULL');
    await expect(migrate(database.url)).rejects.toThrow(/newer than this version of Novitai/);
  });

  it('what a migration says of older code is read', async () => {
    const folder = pathToFileURL(`${await mkdtemp(path.join(tmpdir(), 'novitai-migrations-'))}/`);
    try {
      await writeFile(new URL('0001_first.sql', folder), 'CREATE TABLE a ();');
      await writeFile(new URL('0002_adds.sql', folder), '-- Adds b.\n-- runs with code from 0001\nCREATE TABLE b ();');
      expect((await readMigrations(folder)).map(({ oldestCode }) => oldestCode)).toEqual([1, 1]);
      await writeFile(new URL('0003_takes.sql', folder), 'DROP TABLE a;');
      expect((await readMigrations(folder)).map(({ oldestCode }) => oldestCode)).toEqual([1, 1, 3]);
    } finally {
      await rm(folder, { recursive: true });
    }
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

  it('a migration that cannot be noted is not applied', async () => {
    const unnoted = newMigration(`CREATE TABLE half (); ALTER TABLE schema_migrations ADD CHECK (name <> 'unnoted')`);
    await expect(migrate(database.url, [...known, { ...unnoted, name: 'unnoted' }])).rejects.toThrow(/changed nothing/);
    expect(await query("SELECT to_regclass('half') AS half")).toEqual([{ half: null }]);
    expect(await migrate(database.url, [...known, { ...unnoted, name: 'noted' }])).toEqual(['noted']);
  });
});
