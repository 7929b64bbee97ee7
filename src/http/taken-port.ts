import { once } from 'node:events';
import { createServer } from 'node:net';
import type { ServerConfig } from '../config/config.js';
import { StartupRefusedError } from '../database/startup-refused.error.js';

type Address = Pick<ServerConfig, 'host' | 'port'>;

/** Why a server cannot listen, and what the operator can do, by the code of the operating system. */
const REASONS: Record<string, string> = {
  EADDRINUSE: 'is in use by another program. Stop that program, or choose another PORT',
  EACCES: 'may not be used by this user. Choose another PORT, such as one above 1023',
  EADDRNOTAVAIL: 'cannot be listened on: this machine has no such address. Choose another HOST',
  ENOTFOUND: 'cannot be listened on: this name cannot be resolved. Choose another HOST',
};

/** The error for the operator, or null when `error` is not about listening. */
export const listenRefusal = (error: unknown, { host, port }: Address): StartupRefusedError | null => {
  const reason = REASONS[(error as NodeJS.ErrnoException).code ?? ''];
  if (reason === undefined || !['listen', 'getaddrinfo'].includes((error as NodeJS.ErrnoException).syscall ?? ''))
    return null;
  return new StartupRefusedError(`Port ${port} of ${host} ${reason}.`, { cause: error });
};

/** Checks that the port is free, by listening for a moment. @throws StartupRefusedError */
export const refuseTakenPort = async (address: Address): Promise<void> => {
  const server = createServer();
  server.listen(address.port, address.host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw listenRefusal(error, address) ?? error;
  }
  await new Promise((resolve) => server.close(resolve));
};
