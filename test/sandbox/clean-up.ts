/**
 * Ends what a sandbox started, whatever state it was left in. Promises: when it has resolved, the service and its
 * PostgreSQL are gone, and so is a temporary directory. Only processes that this sandbox started are touched: the
 * service by the id that it was started with, PostgreSQL by the id in its own lock file in our directory.
 */
import { readFile, readlink, realpath, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { unlock } from './data-place.js';

export interface Remains {
  /** null: it never started, or is known to be gone. */
  servicePid: number | null;
  directory: string;
  temporary: boolean;
}

/** Longer than the grace that the service is given (see service-environment). */
const SERVICE_SECONDS = 15;
const POSTGRES_SECONDS = 15;
const KILLED_SECONDS = 2;
const LOOK_AGAIN_MS = 50;

export async function cleanUp({ servicePid, directory, temporary }: Remains): Promise<void> {
  const data = path.join(directory, 'postgres', 'data');
  const postgres = await postmasterPid(data);
  if (servicePid !== null) await stopService(servicePid);
  await stopPostgres(data);
  // it gives up its lock file a moment before it ends
  if (postgres !== null) await within(KILLED_SECONDS, () => !send(postgres, 0));
  if (temporary) await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  else unlock(directory);
}

async function stopService(pid: number): Promise<void> {
  if (!send(pid, 'SIGTERM')) return;
  if (await within(SERVICE_SECONDS, () => !send(pid, 0))) return;
  send(pid, 'SIGKILL');
  await within(KILLED_SECONDS, () => !send(pid, 0));
}

/** A service that left in order has stopped its PostgreSQL; one that was killed has not. */
async function stopPostgres(data: string): Promise<void> {
  const pid = await postmasterPid(data);
  if (pid === null) return;
  // PostgreSQL's words: SIGINT is "fast", SIGQUIT is "at once, and recover at the next start"
  send(pid, 'SIGINT');
  if (await within(POSTGRES_SECONDS, async () => (await postmasterPid(data)) === null)) return;
  send(pid, 'SIGQUIT');
  await within(KILLED_SECONDS, async () => (await postmasterPid(data)) === null);
}

/** null when no server runs on the directory. A lock file that was left behind may name somebody else's process. */
async function postmasterPid(data: string): Promise<number | null> {
  const pid = Number((await readFile(path.join(data, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')[0]);
  if (!(pid > 0) || !send(pid, 0)) return null;
  const home = await readlink(`/proc/${pid}/cwd`).catch(() => null);
  return home === null || home === (await realpath(data).catch(() => data)) ? pid : null;
}

/** Whether there was such a process. */
function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function within(seconds: number, done: () => boolean | Promise<boolean>): Promise<boolean> {
  const deadline = performance.now() + seconds * 1000;
  while (performance.now() < deadline) {
    if (await done()) return true;
    await sleep(LOOK_AGAIN_MS);
  }
  return false;
}
