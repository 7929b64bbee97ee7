/** What a start of the embedded server needs besides the program: a port, arguments, room for its log, and words for its failure. */
import { readFile, rename, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { EmbeddedDirectory } from './embedded-directory.js';
import { StartupRefusedError } from './startup-refused.error.js';

const DEFAULT_MAX_CONNECTIONS = 40;
const MAX_LOG_BYTES = 10_000_000;

/** The wanted port if nothing uses it, or any free one. */
export const freePort = (wanted: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error) => {
      if (wanted === 0) reject(error);
      else resolve(freePort(0));
    });
    probe.listen(wanted, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => {
        resolve(port);
      });
    });
  });

/** For `pg_ctl -o`. */
export const serverArguments = (
  { maxConnections, settings }: { maxConnections?: number; settings?: Record<string, string> },
  port: number,
): string => {
  const all: Record<string, string | number> = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    max_connections: maxConnections ?? DEFAULT_MAX_CONNECTIONS,
    shared_buffers: '16MB',
    log_min_messages: 'warning',
    ...settings,
  };
  return Object.entries(all)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ');
};

/** @param output what `pg_ctl` wrote, for a server that has no log yet */
export const failedStart = async (
  { data, log: file }: EmbeddedDirectory,
  output: string,
): Promise<StartupRefusedError> => {
  const log = await readFile(file, 'utf8').catch(() => output);
  const lastLines = log.trim().split('\n').slice(-5).join('\n  ');
  return new StartupRefusedError(
    `The embedded PostgreSQL does not start on ${data}. The end of its log:\n  ${lastLines}\n` +
      `Nothing was overwritten. If the directory is damaged, restore it from a backup.`,
  );
};

/** Keeps one older log. */
export const keepLogSmall = async (log: string): Promise<void> => {
  const size = await stat(log).then(
    (file) => file.size,
    () => 0,
  );
  if (size > MAX_LOG_BYTES) await rename(log, `${log}.1`);
};
