/**
 * The directory of the embedded server:
 *   DATA_DIR/postgres/password   made once, readable by the server's OS user only
 *   DATA_DIR/postgres/port       the last port, which is used again after a restart
 *   DATA_DIR/postgres/server.log
 *   DATA_DIR/postgres/data/      PostgreSQL's own
 * Each of them is made atomically, even if several services start at once or one is killed meanwhile.
 */
import { randomBytes } from 'node:crypto';
import { chmod, chown, link, mkdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type EmbeddedPrograms, runProgram } from './embedded-programs.js';
import { accountForPostgres, type OsAccount } from './os-account.js';
import { StartupRefusedError } from './startup-refused.error.js';

export const EMBEDDED_USER = 'novitai';

export interface EmbeddedDirectory {
  /** PGDATA, absolute and without symbolic links. */
  data: string;
  log: string;
  portFile: string;
  password: string;
  /** The user who owns the directory and runs the server. Null: the current user. */
  account: OsAccount | null;
}

/** A unique temporary name, since several services may start at once. */
const draftName = (): string => `draft-${randomBytes(6).toString('hex')}`;

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

const own = async (file: string, account: OsAccount | null): Promise<void> => {
  if (account) await chown(file, account.uid, account.gid);
};

const makePrivateFolder = async (folder: string, programs: EmbeddedPrograms): Promise<OsAccount | null> => {
  try {
    await mkdir(folder, { recursive: true });
    const account = await accountForPostgres([`${path.dirname(folder)}/.`, programs.postgres]);
    await chmod(folder, 0o700);
    await own(folder, account);
    return account;
  } catch (cause) {
    if (cause instanceof StartupRefusedError) throw cause;
    throw new StartupRefusedError(
      `DATA_DIR cannot be used: ${folder} cannot be made or does not belong to the user who runs Novitai. ` +
        'Give the directory to that user, or name another one.',
      { cause },
    );
  }
};

const readOrMakePassword = async (file: string, account: OsAccount | null): Promise<string> => {
  const draft = `${file}.${draftName()}`;
  try {
    await writeFile(draft, randomBytes(24).toString('base64url'), { mode: 0o600 });
    await own(draft, account);
    // fails if the file exists: the first service wins
    await link(draft, file).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error;
    });
  } finally {
    await rm(draft, { force: true });
  }
  return readFile(file, 'utf8');
};

const majorOf = (version: string): string | undefined => /(\d+)/.exec(version)?.[1];

const refuseIfDamaged = async (data: string, programs: EmbeddedPrograms): Promise<void> => {
  const found = await readFile(path.join(data, 'PG_VERSION'), 'utf8').catch(() => null);
  const control = await stat(path.join(data, 'global', 'pg_control')).catch(() => null);
  if (found === null || control === null) {
    throw new StartupRefusedError(
      `The database directory ${data} is damaged: ${found === null ? 'PG_VERSION' : 'global/pg_control'} is missing. ` +
        'Restore it from a backup. It is not overwritten: it may hold the only record of machines that cost money.',
    );
  }
  const { output } = await runProgram(programs.postgres, ['--version'], null);
  if (majorOf(found) !== majorOf(output)) {
    throw new StartupRefusedError(
      `The database directory ${data} was made by PostgreSQL ${found.trim()}, and the installed one is ${output}. ` +
        'Run the version of Novitai that made it, dump the database, and load the dump into a new DATA_DIR.',
    );
  }
};

const initialise = async (
  data: string,
  passwordFile: string,
  programs: EmbeddedPrograms,
  account: OsAccount | null,
): Promise<void> => {
  const draft = `${data}.${draftName()}`;
  const { code, output } = await runProgram(
    programs.initdb,
    [
      `--pgdata=${draft}`,
      `--username=${EMBEDDED_USER}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
    ],
    account,
  );
  if (code !== 0) throw new StartupRefusedError(`The database directory ${data} could not be made: ${output}`);
  try {
    await rename(draft, data);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // another service was quicker: use its directory
    if (!['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(codeOf(error) ?? '')) throw error;
  }
};

/** Makes the directory if missing. Refuses one that is damaged or belongs to another version of PostgreSQL. */
export const openEmbeddedDirectory = async (
  dataDir: string,
  programs: EmbeddedPrograms,
): Promise<EmbeddedDirectory> => {
  const folder = path.join(path.resolve(dataDir), 'postgres');
  const account = await makePrivateFolder(folder, programs);
  const passwordFile = path.join(folder, 'password');
  const password = await readOrMakePassword(passwordFile, account);
  const data = path.join(folder, 'data');
  const exists = await stat(data).catch(() => null);
  if (!exists) await initialise(data, passwordFile, programs, account);
  await refuseIfDamaged(data, programs);
  return {
    data: await realpath(data),
    log: path.join(folder, 'server.log'),
    portFile: path.join(folder, 'port'),
    password,
    account,
  };
};
