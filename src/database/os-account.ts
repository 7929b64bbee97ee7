/**
 * PostgreSQL refuses to run as root. If this process is root, its programs run as the OS user `postgres`, which is created if missing;
 * otherwise as the current user. If that user cannot reach a folder (a project or a DATA_DIR below /root, a private temporary
 * directory), it gets the one capability that it needs. PostgreSQL looks for its programs by access(2), for which the kernel ignores
 * capabilities of users other than root unless told otherwise.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { StartupRefusedError } from './startup-refused.error.js';

const run = promisify(execFile);

export interface OsAccount {
  uid: number;
  gid: number;
  /** Whether the user needs a capability to reach the programs or the data. */
  needsPassage: boolean;
}

const POSTGRES_USER = 'postgres';

const lookUp = async (): Promise<{ uid: number; gid: number } | null> => {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', POSTGRES_USER]), run('id', ['-g', POSTGRES_USER])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return null;
  }
};

const create = async (): Promise<void> => {
  try {
    await run('useradd', [
      '--system',
      '--user-group',
      '--no-create-home',
      '--shell',
      '/usr/sbin/nologin',
      POSTGRES_USER,
    ]);
  } catch (cause) {
    // another service may have created the user at the same time
    if (await lookUp()) return;
    throw new StartupRefusedError(
      'The embedded PostgreSQL does not run as root, and the OS user "postgres" could not be created. ' +
        'Create that user, run Novitai as another user than root, or set DATABASE_URL.',
      { cause },
    );
  }
};

/** The command that runs `command` as the account, for `spawn`. */
export const commandAs = (account: OsAccount | null, command: string, args: string[]) => {
  if (!account) return { command, args, ids: {} };
  const { uid, gid, needsPassage } = account;
  if (!needsPassage) return { command, args, ids: { uid, gid } };
  const passage = [
    ...['--inh-caps=+dac_override', '--ambient-caps=+dac_override'],
    // makes access(2) respect the capability
    '--securebits=+no_setuid_fixup',
  ];
  const user = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'];
  return { command: 'setpriv', args: [...user, ...passage, command, ...args], ids: {} };
};

/** Tests access by reading, not by `-x`, which checks only the mode bits and no capabilities. */
const canReach = async (account: OsAccount, file: string): Promise<boolean> => {
  const { command, args, ids } = commandAs(account, 'test', ['-e', file]);
  return run(command, args, ids).then(
    () => true,
    () => false,
  );
};

/**
 * The account that runs PostgreSQL's programs, or null for the current user.
 * @param places files or folders that it must reach
 */
export const accountForPostgres = async (places: string[]): Promise<OsAccount | null> => {
  if (process.getuid?.() !== 0) return null;
  const found = (await lookUp()) ?? (await create().then(lookUp));
  if (!found)
    throw new StartupRefusedError('The OS user "postgres" was created but cannot be found. Set DATABASE_URL.');
  for (const needsPassage of [false, true]) {
    const account = { ...found, needsPassage };
    const reached = await Promise.all(places.map((place) => canReach(account, place)));
    if (reached.every(Boolean)) return account;
  }
  throw new StartupRefusedError(
    `The embedded PostgreSQL runs as the OS user "postgres", who cannot reach ${places.join(' or ')}. ` +
      'Let that user pass through the folders above, or run Novitai as another user than root, or set DATABASE_URL.',
  );
};
