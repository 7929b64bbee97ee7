/** A shell that is set up for another PostgreSQL: none of its variables reaches ours. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { readPostmasterFile } from '../../src/database/postmaster-file.js';
import { createEmptyDatabase } from '../support/empty-database.js';
import { ServiceProcess } from '../support/service-process.js';

const at = (file: string): string => fileURLToPath(new URL(`../../${file}`, import.meta.url));

/** All that libpq, its programs and the driver for Node know, each with a value that breaks a connection of ours. */
const SHELL: Record<string, string> = {
  PGHOST: '192.0.2.1',
  PGHOSTADDR: '192.0.2.1',
  PGPORT: '1',
  PGDATABASE: 'none',
  PGUSER: 'none',
  PGPASSWORD: 'wrong',
  PGPASSFILE: '/nowhere',
  PGSERVICE: 'none',
  PGSERVICEFILE: '/nowhere',
  PGSYSCONFDIR: '/nowhere',
  PGOPTIONS: '-c default_transaction_read_only=on -c no_such_setting=1',
  PGAPPNAME: 'another',
  PGSSLMODE: 'require',
  PGSSLNEGOTIATION: 'direct',
  PGREQUIRESSL: '1',
  PGSSLCERT: '/nowhere',
  PGSSLKEY: '/nowhere',
  PGSSLROOTCERT: '/nowhere',
  PGSSLCRL: '/nowhere',
  PGCHANNELBINDING: 'require',
  PGREQUIREAUTH: 'none',
  PGREQUIREPEER: 'none',
  PGKRBSRVNAME: 'none',
  PGGSSENCMODE: 'require',
  PGCONNECT_TIMEOUT: '1',
  PGCLIENTENCODING: 'SQL_ASCII',
  PGCLIENT_ENCODING: 'SQL_ASCII',
  PGDATESTYLE: 'German',
  PGTZ: 'Asia/Kathmandu',
  PGGEQO: 'no',
  PGTARGETSESSIONATTRS: 'standby',
  PGREPLICATION: 'true',
  PGBINARY: 'true',
  PGDATA: '/nowhere',
  PGCTLTIMEOUT: '1',
};
const KEY = { NOVITA_API_KEY: 'a-key-for-nobody', NOVITA_API_BASE_URL: 'http://127.0.0.1:1' };

const run = async (command: string, args: string[], environment: Record<string, string>): Promise<string> => {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, ...environment };
  return (await promisify(execFile)(command, args, { env })).stdout;
};

describe('in the shell of another database', () => {
  let place: string;
  beforeEach(async () => {
    place = await mkdtemp(path.join(tmpdir(), 'novitai-shell-'));
  });
  afterEach(() => rm(place, { recursive: true, force: true }));

  it('the service brings up its own PostgreSQL, is backed up, and leaves no server', async () => {
    const service = await ServiceProcess.start({ ...SHELL, ...KEY, DATA_DIR: place });
    const sets = path.join(place, 'sets');
    const options = ['--data-dir', place, '--to', sets, '--no-image'];
    const backup = await run(at('deploy/scripts/backup.sh'), options, SHELL);
    expect(backup).toContain('"instances":0');
    expect(await service.end('SIGTERM')).toBe(0);
    expect(await readPostmasterFile(path.join(place, 'postgres/data'))).toBeNull();
  });

  it('a given database is migrated and served', async () => {
    const database = await createEmptyDatabase(inject('testDatabaseServer').url);
    const environment = { ...SHELL, ...KEY, DATABASE_URL: database.url };
    expect(await run(process.execPath, [at('dist/migrate.js')], environment)).toMatch(/^applied /);
    const service = await ServiceProcess.start(environment);
    expect(await service.end('SIGTERM')).toBe(0);
    await database.drop();
  });

  it("the operators' scripts hand none of it to psql and pg_dump", async () => {
    const left = await run('bash', ['-c', `source ${at('deploy/scripts/common.sh')} && compgen -e`], SHELL);
    expect(left.split('\n').filter((name) => name.startsWith('PG'))).toEqual([]);
  });
});
