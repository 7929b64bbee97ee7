/**
 * Ends what a sandbox started, in whatever state it is. When it has resolved, the service, its PostgreSQL and a temporary directory are
 * gone. Only processes that this sandbox started are ended: the service by its process id, and PostgreSQL by the id in the lock file in
 * the sandbox's directory.
 */
import { readFile, readlink, realpath, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { unlock } from './data-place.js';

export interface Remains {
  /** Null: it never started, or is gone. */
  servicePid: number | null;
  directory: string;
  temporary: boolean;
}

/** Longer than the service's grace period (see service-environment). */
const SERVICE_SECONDS = 15;
const POSTGRES_SECONDS = 15;
const KILLED_SECONDS = 2;
const LOOK_AGAIN_MS = 50;

export async function cleanUp({ servicePid, directory, temporary }: Remains): Promise<void> {
  const data = path.join(directory, 'postgres', 'data');
  const postgres = await postmasterPid(data);
  if (servicePid !== null) await stopService(servicePid);
  await stopPostgres(data);
  // PostgreSQL removes its lock file shortly before it ends
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

/** A service that shut down in order has stopped its PostgreSQL; a killed one has not. */
async function stopPostgres(data: string): Promise<void> {
  const pid = await postmasterPid(data);
  if (pid === null) return;
  // for PostgreSQL, SIGINT is a fast shutdown, and SIGQUIT an immediate one with recovery at the next start
  send(pid, 'SIGINT');
  if (await within(POSTGRES_SECONDS, async () => (await postmasterPid(data)) === null)) return;
  send(pid, 'SIGQUIT');
  await within(KILLED_SECONDS, async () => (await postmasterPid(data)) === null);
}

/** Null when no server runs on the directory. An old lock file may name another process. */
async function postmasterPid(data: string): Promise<number | null> {
  const pid = Number((await readFile(path.join(data, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')[0]);
  if (!(pid > 0) || !send(pid, 0)) return null;
  const home = await readlink(`/proc/${pid}/cwd`).catch(() => null);
  return home === null || home === (await realpath(data).catch(() => data)) ? pid : null;
}

/** Returns whether there was such a process. */
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
