/** What a running server writes into `postmaster.pid`, the lock file of its data directory. */
import { readFile, readlink, rm } from 'node:fs/promises';
import path from 'node:path';

export interface Postmaster {
  pid: number;
  /** Null while the server begins to start. */
  port: number | null;
}

const LINE_PID = 0;
const LINE_PORT = 3;

const fileIn = (dataDirectory: string): string => path.join(dataDirectory, 'postmaster.pid');

/** Null: there is no such file. If there is one, its process may be gone: see `isServing`. */
export const readPostmasterFile = async (dataDirectory: string): Promise<Postmaster | null> => {
  const text = await readFile(fileIn(dataDirectory), 'utf8').catch(() => '');
  const lines = text.split('\n');
  const pid = Number(lines[LINE_PID]);
  const port = Number(lines[LINE_PORT]);
  return pid > 0 ? { pid, port: port > 0 ? port : null } : null;
};

/** Whether a process has this id. It may be another process, since ids are reused, or a zombie. */
export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/** Whether the process with this id is a server of this directory or, where the OS does not tell, whether it is alive. */
export const isServing = async (pid: number, dataDirectory: string): Promise<boolean> => {
  if (process.platform !== 'linux') return isAlive(pid);
  // the working directory of a server is its data directory; dead processes and zombies have none
  const folder = await readlink(`/proc/${pid}/cwd`).catch(() => null);
  return folder === dataDirectory;
};

/**
 * Removes a lock file whose process lives but is not a server of this directory (a reused id, or a zombie): PostgreSQL would respect the
 * file. PostgreSQL itself removes a file whose process is gone.
 */
export const removeForeignLock = async (postmaster: Postmaster, dataDirectory: string): Promise<void> => {
  if (!isAlive(postmaster.pid)) return;
  const now = await readPostmasterFile(dataDirectory);
  // another service may have started a server meanwhile
  if (now?.pid === postmaster.pid) await rm(fileIn(dataDirectory), { force: true });
};
