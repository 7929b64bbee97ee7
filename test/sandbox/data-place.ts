import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { UsageError } from './options.js';

/** Where a sandbox stores its files. */
export interface DataPlace {
  directory: string;
  /** Whether it is removed at the end. */
  temporary: boolean;
  serviceLog: string;
  /** Null: not stored. */
  simulatorState: string | null;
}

const LOCK = 'sandbox.pid';

/**
 * The given directory or, for null, a new temporary one. This process locks it until another one takes over the lock.
 * Throws a {@link UsageError} when it cannot be used, or another sandbox uses it.
 */
export async function openDataPlace(kept: string | null): Promise<DataPlace> {
  try {
    const directory = kept ?? (await mkdtemp(path.join(tmpdir(), 'novitai-sandbox-')));
    // if this process is root, PostgreSQL runs as another user, and must reach its directory in here
    if (kept === null) await chmod(directory, 0o711);
    await mkdir(directory, { recursive: true });
    refuseWhenUsed(directory);
    lock(directory, process.pid);
    return {
      directory,
      temporary: kept === null,
      serviceLog: path.join(directory, 'service.log'),
      simulatorState: kept === null ? null : path.join(directory, 'simulator.json'),
    };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`The directory for the data cannot be used: ${(error as Error).message}`);
  }
}

/** Records which process cleans up after a sandbox. The directory is in use while that process lives. */
export function lock(directory: string, pid: number): void {
  writeFileSync(path.join(directory, LOCK), `${pid}\n`);
}

export function unlock(directory: string): void {
  rmSync(path.join(directory, LOCK), { force: true });
}

/** The last warnings and errors of the service's log, which say what went wrong. */
export async function lastWords(place: DataPlace, lines = 10): Promise<string> {
  const text = await readFile(place.serviceLog, 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('{"level":"info"'))
    .slice(-lines)
    .join('\n');
}

function refuseWhenUsed(directory: string): void {
  let pid: number;
  try {
    pid = Number(readFileSync(path.join(directory, LOCK), 'utf8'));
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return;
    pid = 0;
  }
  throw new UsageError(`${directory} is used by another sandbox${pid > 0 ? ` (process ${pid})` : ''}.`);
}
