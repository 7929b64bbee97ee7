/** What an operator may have set for the server, the database or the role, and what a session of ours makes of it. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { EmbeddedServer } from '../../src/database/embedded-server.js';
import { migrate } from '../../src/database/migrator.js';
import { createPool } from '../../src/database/pool.js';
import { SESSION_SETTINGS } from '../../src/database/session-url.js';
import { NovitaSimulator } from '../novita-simulator/novita-simulator.js';
import { createEmptyDatabase, type TestDatabase } from '../support/empty-database.js';
import { QUICK, serveApp } from '../support/running-app.js';

/** The worst value of each setting of ours, and of some others that must not matter. */
const HARM: Record<string, string> = {
  DateStyle: 'German',
  IntervalStyle: 'iso_8601',
  TimeZone: 'Asia/Kathmandu',
  bytea_output: 'escape',
  extra_float_digits: '-15',
  standard_conforming_strings: 'off',
  array_nulls: 'off',
  transform_null_equals: 'on',
  default_transaction_isolation: 'serializable',
  default_transaction_deferrable: 'on',
  synchronous_commit: 'off',
  gin_fuzzy_search_limit: '1',
  row_security: 'off',
  exit_on_error: 'on',
  statement_timeout: '1',
  lock_timeout: '1',
  idle_in_transaction_session_timeout: '1',
  idle_session_timeout: '1',
  client_encoding: 'LATIN1',
  client_min_messages: 'debug1',
  backslash_quote: 'off',
  check_function_bodies: 'off',
  quote_all_identifiers: 'on',
  xmlbinary: 'hex',
  xmloption: 'document',
};

/** Settings of the categories below that are not asked for, and why they need not be. */
const LEFT: Record<string, string> = {
  client_encoding: 'the driver asks for UTF8 itself',
  client_min_messages: 'nothing listens to notices',
  search_path: 'the operator says which schema the tables are in',
  default_transaction_read_only: 'the operator says that nothing is to be written: the start is refused',
  transaction_timeout: 'a bound of the operator (from PostgreSQL 17 on; older servers do not know it)',
  transaction_deferrable: 'of one transaction',
  transaction_isolation: 'of one transaction',
  transaction_read_only: 'of one transaction',
  default_tablespace: 'a place',
  temp_tablespaces: 'a place',
  default_table_access_method: 'a place',
  default_toast_compression: 'size',
  gin_pending_list_limit: 'speed',
  vacuum_failsafe_age: 'when rows are frozen (before PostgreSQL 18 in a category of sessions)',
  vacuum_freeze_min_age: 'when rows are frozen (before PostgreSQL 18 in a category of sessions)',
  vacuum_freeze_table_age: 'when rows are frozen (before PostgreSQL 18 in a category of sessions)',
  vacuum_multixact_failsafe_age: 'when rows are frozen (before PostgreSQL 18 in a category of sessions)',
  vacuum_multixact_freeze_min_age: 'when rows are frozen (before PostgreSQL 18 in a category of sessions)',
  vacuum_multixact_freeze_table_age: 'when rows are frozen (before PostgreSQL 18 in a category of sessions)',
  synchronize_seqscans: 'the order of what has no order',
  commit_siblings: 'speed',
  wal_skip_threshold: 'speed',
  check_function_bodies: 'we make no functions',
  createrole_self_grant: 'we make no roles',
  restrict_nonsystem_relation_kind: 'forbids views and foreign tables, of which there are none',
  backslash_quote: 'without meaning where strings conform to the standard',
  escape_string_warning: 'a notice',
  quote_all_identifiers: 'how the server prints statements',
  xmlbinary: 'no XML',
  xmloption: 'no XML',
  default_text_search_config: 'no text search',
  icu_validation_level: 'we make no collations',
  lc_monetary: 'no type money',
  lc_numeric: 'no to_char of numbers',
  lc_time: 'no names of days or months',
  timezone_abbreviations: 'no abbreviations of zones',
  local_preload_libraries: 'the operator loads what they load',
};

const CATEGORIES = [
  'Client Connection Defaults',
  'Version and Platform Compatibility',
  'Error Handling',
  'Write-Ahead Log',
];

const run = async (url: string, ...statements: string[]): Promise<pg.QueryResult['rows']> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    let rows: unknown[] = [];
    for (const statement of statements) rows = (await client.query(statement)).rows as unknown[];
    return rows;
  } finally {
    await client.end();
  }
};

/** A quarter of the smallest error that a wrongly read time zone or date makes, and far more than a request takes. */
const MOST_SKEW_MS = 900_000;

/** The whole service on a database: it migrates, buys, shows, runs jobs, and deletes. */
const liveOn = async (url: string): Promise<void> => {
  const novita = await NovitaSimulator.start(QUICK);
  const service = await serveApp(novita, url, { instances: { sweepReportOnlyHours: 0 } });
  try {
    const { api } = service;
    const begun = new Date();
    const { body } = await api.create({ name: 'lives' });
    await api.until('lives', 'ready');
    const { data } = await api.list();
    expect(data.map(({ name }) => name)).toEqual(['lives']);
    // no hour and no day is moved by how a date is written
    expect(Math.abs(Date.parse(data[0]?.createdAt ?? '') - begun.getTime())).toBeLessThan(MOST_SKEW_MS);
    expect((await api.events('lives')).length).toBeGreaterThan(2);
    const jobs = await api.request<{ data: { status: string }[] }>('GET', '/api/jobs');
    expect(jobs.body.data.length).toBeGreaterThan(0);
    await api.delete('lives');
    await api.until(body.id, 'deleted');
  } finally {
    await service.close();
    await novita.stop();
  }
};

describe('a session of ours', () => {
  let database: TestDatabase;
  let role: string;
  /** By the role, which owns the database. */
  let url: string;

  const asOperator = (...statements: string[]) => run(inject('testDatabaseServer').url, ...statements);

  beforeEach(async () => {
    database = await createEmptyDatabase(inject('testDatabaseServer').url);
    role = `novitai_test_role_${randomBytes(8).toString('hex')}`;
    await asOperator(`CREATE ROLE ${role} LOGIN PASSWORD 'test'`, `ALTER DATABASE ${database.name} OWNER TO ${role}`);
    const asRole = new URL(database.url);
    [asRole.username, asRole.password] = [role, 'test'];
    url = asRole.href;
  });

  afterEach(async () => {
    await database.drop();
    await asOperator(`DROP ROLE ${role}`);
  });

  it('asks for every setting that a role may change, or there is a reason why it need not', async () => {
    const rows = await asOperator(`SELECT name, category FROM pg_settings WHERE context = 'user'`);
    const names = (rows as { name: string; category: string }[])
      .filter(({ category }) => CATEGORIES.some((one) => category.startsWith(one)))
      .map(({ name }) => name);
    expect(names.length).toBeGreaterThan(40);
    expect(names.filter((name) => !(name in SESSION_SETTINGS) && !(name in LEFT))).toEqual([]);
    expect(Object.keys(SESSION_SETTINGS).filter((name) => !(name in HARM))).toEqual([]);
  });

  it.each(['database', 'role', 'role in the database'])('lives with the worst settings of its %s', async (level) => {
    const whose = {
      database: `DATABASE ${database.name}`,
      role: `ROLE ${role}`,
      'role in the database': `ROLE ${role} IN DATABASE ${database.name}`,
    }[level];
    await asOperator(...Object.entries(HARM).map(([name, value]) => `ALTER ${whose ?? ''} SET ${name} = '${value}'`));
    await liveOn(url);
    const pool = createPool({ url, maxConnections: 1, onIdleError: () => undefined });
    const { rows } = await pool.query<{ name: string; setting: string }>('SELECT name, setting FROM pg_settings');
    await pool.end();
    const found = Object.fromEntries(rows.map(({ name, setting }) => [name, setting.replace(', ', ',')]));
    // the pool has limits of its own
    const { statement_timeout, lock_timeout, idle_in_transaction_session_timeout, ...rest } = SESSION_SETTINGS;
    expect(found).toMatchObject(rest);
  });

  it('lives with the worst settings of its server', async () => {
    const dataDir = await mkdtemp(path.join(tmpdir(), 'novitai-settings-'));
    const server = await EmbeddedServer.start({ dataDir, maxConnections: 100, settings: { ...HARM, fsync: 'off' } });
    try {
      await liveOn(server.url);
    } finally {
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    }
  });

  it('keeps its tables in the schema that the operator chose, and the options of the address', async () => {
    await run(url, 'CREATE SCHEMA elsewhere');
    const address = new URL(url);
    address.searchParams.set('options', '-c search_path=elsewhere -c DateStyle=German');
    await liveOn(address.href);
    const rows = await run(url, `SELECT table_schema FROM information_schema.tables WHERE table_name = 'instances'`);
    expect(rows).toEqual([{ table_schema: 'elsewhere' }]);
  });

  it.each([
    ['nothing may be written', 'default_transaction_read_only = on', /read-only transaction/],
    ['there is no schema for its tables', "search_path = ''", /no schema has been selected/],
  ])('is refused with a sentence where %s', async (_what, setting, sentence) => {
    await asOperator(`ALTER ROLE ${role} SET ${setting}`);
    await expect(migrate(url)).rejects.toThrow(sentence);
  });
});
