import net from 'node:net';
import { freePort } from '../support/free-port.js';
import { UsageError } from './options.js';

/** A free port of 127.0.0.1: the wanted one, or any for 0. Throws a {@link UsageError} when it is taken. */
export async function claimPort(wanted: number): Promise<number> {
  // the service listens only after its database was made: until then no outgoing connection may get the port
  if (wanted === 0) return freePort();
  const probe = net.createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once('error', (error: NodeJS.ErrnoException) => {
      reject(new UsageError(explain(wanted, error)));
    });
    probe.listen(wanted, '127.0.0.1', resolve);
  });
  const { port } = probe.address() as net.AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

function explain(port: number, { code, message }: NodeJS.ErrnoException): string {
  const elsewhere = `Choose another: npm run sandbox -- --port ${port < 65_535 ? port + 1 : 0}`;
  if (code === 'EADDRINUSE') return `Port ${port} is in use by another program. ${elsewhere}`;
  if (code === 'EACCES') return `Port ${port} needs rights that you do not have. ${elsewhere}`;
  return `Port ${port} cannot be used: ${message}`;
}
