/** What a running server says about itself in `postmaster.pid`, the lock file of its data directory. */
import { readFile, readlink, rm } from 'node:fs/promises';
import path from 'node:path';

export interface Postmaster {
  pid: number;
  /** null: it is only just beginning. */
  port: number | null;
}

const LINE_PID = 0;
const LINE_PORT = 3;

const fileIn = (dataDirectory: string): string => path.join(dataDirectory, 'postmaster.pid');

/** null: there is no such file. Its process may be gone all the same: see `isServing`. */
export const readPostmasterFile = async (dataDirectory: string): Promise<Postmaster | null> => {
  const text = await readFile(fileIn(dataDirectory), 'utf8').catch(() => '');
  const lines = text.split('\n');
  const pid = Number(lines[LINE_PID]);
  const port = Number(lines[LINE_PORT]);
  return pid > 0 ? { pid, port: port > 0 ? port : null } : null;
};

/** Whether a process has this id. It need not be the one that was meant: ids are used again, and zombies have one. */
export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/** Whether the process with this id is a server of this directory. Where the OS does not tell, whether it is alive. */
export const isServing = async (pid: number, dataDirectory: string): Promise<boolean> => {
  if (process.platform !== 'linux') return isAlive(pid);
  // a server's working directory is its data directory; a dead process, also a zombie, has none
  const folder = await readlink(`/proc/${pid}/cwd`).catch(() => null);
  return folder === dataDirectory;
};

/**
 * Removes a lock file whose process lives but is no server of this directory (its id was given to another, or it is a
 * zombie): PostgreSQL would respect the file. One whose process is gone PostgreSQL removes itself, and does it better.
 */
export const removeForeignLock = async (postmaster: Postmaster, dataDirectory: string): Promise<void> => {
  if (!isAlive(postmaster.pid)) return;
  const now = await readPostmasterFile(dataDirectory);
  // another service may have started a server since we looked
  if (now?.pid === postmaster.pid) await rm(fileIn(dataDirectory), { force: true });
};
