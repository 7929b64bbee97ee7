/**
 * What backup.sh and restore.sh need to do inside of a database. Uses the built service (`npm run build`).
 *
 *   service-file URL FILE      writes the connection as a pg_service.conf, so that no password is seen in a process list
 *   describe URL               prints what the database holds, as JSON
 *   copy-embedded DATA_DIR TO  an online copy of the embedded server's directory, complete in itself
 *   place-embedded FROM DATA_DIR   puts such a copy into an empty DATA_DIR, lets it recover, and freezes it
 *   freeze URL                 holds all that rests on the database's word until a person resumes
 *   sql describe|freeze        prints what these would ask, for a psql that is where we cannot be
 */
import { chmodSync, chownSync, lchownSync, readdirSync } from 'node:fs';
import { copyFile, lstat, mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const BUILT = new URL('../../dist/database/', import.meta.url);

/** Contents that a server makes anew, or that belong to the process that runs; their folders have to be there. */
const EMPTY_FOLDERS = new Set([
  'pg_dynshmem',
  'pg_notify',
  'pg_replslot',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
  'pg_wal',
]);
const LEFT_OUT = /^(postmaster\.(pid|opts)|pg_internal\.init.*|pgsql_tmp.*)$/;

const built = (file) => import(new URL(file, BUILT).href);

const connected = async (url, work) => {
  // loaded only when needed, since the scripts also run where nothing is installed
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
};

const writeServiceFile = async (url, file) => {
  const { hostname, port, username, password, pathname, searchParams } = new URL(url);
  const settings = {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port || '5432',
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    dbname: decodeURIComponent(pathname.slice(1)),
    sslmode: searchParams.get('sslmode') ?? '',
    sslrootcert: searchParams.get('sslrootcert') ?? '',
  };
  const lines = Object.entries(settings)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name}=${value}`);
  await writeFile(file, `[novitai]\n${lines.join('\n')}\n`, { mode: 0o600 });
};

/** One row of one column, which is JSON. */
const DESCRIBE = `
  SELECT row_to_json(described) AS described
  FROM (
    SELECT (SELECT deployment_id FROM deployment) AS "deploymentId",
           (SELECT count(*)::int FROM instances WHERE deleted_at IS NULL) AS instances,
           (SELECT count(*)::int FROM machines WHERE gone_at IS NULL) AS machines,
           (SELECT max(number)::int FROM schema_migrations) AS "schema",
           current_setting('server_version') AS "serverVersion",
           now() AS "at"
  ) AS described`;

const DETAIL =
  'The database was restored from a backup. Decide on each machine with verdict unknown in GET /api/machines, then POST /api/fleet/resume.';
const FREEZE = `
  UPDATE fleet_guard
  SET frozen = jsonb_build_object(
        'at', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
        'why', 'restored-database',
        'detail', '${DETAIL}'),
      distrusted_at = now(), epoch = epoch + 1`;

const describe = (url) =>
  connected(url, async (client) => {
    const { rows } = await client.query(DESCRIBE);
    return rows[0].described;
  });

const freeze = (url) => connected(url, (client) => client.query(FREEZE).then(() => undefined));

const STATEMENTS = { describe: DESCRIBE, freeze: FREEZE };
const printStatement = (name) => {
  if (!Object.hasOwn(STATEMENTS, name)) throw new Error(`one of ${Object.keys(STATEMENTS).join(', ')}`);
  process.stdout.write(`${STATEMENTS[name]};\n`);
};

/** Files may come and go while they are copied: what the server writes meanwhile is in its log, which is copied last. */
const copyTree = async (from, to, top = true) => {
  await mkdir(to, { recursive: true, mode: 0o700 });
  for (const name of await readdir(from).catch(() => [])) {
    if (LEFT_OUT.test(name)) continue;
    const [source, target] = [path.join(from, name), path.join(to, name)];
    const kind = await lstat(source).catch(() => null);
    if (kind?.isSymbolicLink()) throw new Error(`${source} is a link: tablespaces elsewhere cannot be backed up so`);
    if (kind?.isDirectory()) {
      if (top && EMPTY_FOLDERS.has(name)) await mkdir(target, { mode: 0o700 });
      else await copyTree(source, target, false);
    } else if (kind?.isFile()) {
      await copyFile(source, target).catch((error) => {
        if (error.code !== 'ENOENT') throw error;
      });
    }
  }
};

const withEmbedded = async (dataDir, work) => {
  const { EmbeddedServer } = await built('embedded-server.js');
  const server = await EmbeddedServer.start({ dataDir });
  try {
    return await work(server.url);
  } finally {
    // a server that a service uses keeps running
    await server.stop();
  }
};

const copyEmbedded = (dataDir, to) =>
  withEmbedded(dataDir, async (url) => {
    const folder = path.join(path.resolve(dataDir), 'postgres');
    const data = path.join(to, 'data');
    await mkdir(to, { recursive: true, mode: 0o700 });
    await connected(url, async (client) => {
      // keeps the WAL from now on until this process ends
      await client.query(`SELECT pg_create_physical_replication_slot('novitai_backup_${process.pid}', true, true)`);
      await client.query(`SELECT pg_backup_start('novitai backup', fast => true)`);
      await copyTree(path.join(folder, 'data'), data);
      const { rows } = await client.query(
        `SELECT labelfile, spcmapfile FROM pg_backup_stop(wait_for_archive => false)`,
      );
      await writeFile(path.join(data, 'backup_label'), rows[0].labelfile, { mode: 0o600 });
      await copyTree(path.join(folder, 'data', 'pg_wal'), path.join(data, 'pg_wal'), false);
    });
    await copyFile(path.join(folder, 'password'), path.join(to, 'password'));
    return describe(url);
  });

const giveTo = (folder, account) => {
  chmodSync(folder, 0o700);
  chownSync(folder, account.uid, account.gid);
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    lchownSync(path.join(entry.parentPath, entry.name), account.uid, account.gid);
  }
};

const placeEmbedded = async (from, dataDir) => {
  const { findEmbeddedPrograms } = await built('embedded-programs.js');
  const { accountForPostgres } = await built('os-account.js');
  const folder = path.join(path.resolve(dataDir), 'postgres');
  await mkdir(path.dirname(folder), { recursive: true });
  // written beside its place first, so that it appears complete
  await rename(from, folder);
  const { postgres } = await findEmbeddedPrograms();
  const account = await accountForPostgres([`${path.dirname(folder)}/.`, postgres]);
  if (account) giveTo(folder, account);
  return withEmbedded(dataDir, async (url) => {
    await freeze(url);
    return describe(url);
  });
};

const COMMANDS = {
  'service-file': writeServiceFile,
  describe,
  freeze,
  sql: printStatement,
  'copy-embedded': copyEmbedded,
  'place-embedded': placeEmbedded,
};

const [, , command = '', ...args] = process.argv;
if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const work = COMMANDS[command];
  if (!work) {
    console.error(`database.js: one of ${Object.keys(COMMANDS).join(', ')}`);
    process.exit(2);
  }
  try {
    const said = await work(...args);
    if (said) console.log(JSON.stringify(said));
  } catch (error) {
    const notBuilt = error.code === 'ERR_MODULE_NOT_FOUND' ? ' (is it built? npm ci && npm run build)' : '';
    console.error(`${error.message}${notBuilt}`);
    process.exit(1);
  }
}
