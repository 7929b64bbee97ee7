/** What a running server says about itself in `postmaster.pid`, the lock file of its data directory. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';

export interface Postmaster {
  pid: number;
  port: number;
}

const LINE_PID = 0;
const LINE_PORT = 3;

/** null: no server runs there, or one is only just beginning and has not written its port yet. */
export const readPostmasterFile = async (dataDirectory: string): Promise<Postmaster | null> => {
  const text = await readFile(path.join(dataDirectory, 'postmaster.pid'), 'utf8').catch(() => '');
  const lines = text.split('\n');
  const pid = Number(lines[LINE_PID]);
  const port = Number(lines[LINE_PORT]);
  return pid > 0 && port > 0 ? { pid, port } : null;
};

/** Whether a process has this id. It need not be the one that the file meant: ids are used again. */
export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};
