import { randomInt } from 'node:crypto';
import net from 'node:net';

/** Below what Linux, BSD and macOS give to outgoing connections by themselves. */
const LASTING_PORTS: [from: number, to: number] = [15_000, 32_000];

/** A port that nobody listens on at the moment. */
export const freePort = (): Promise<number> => tryPort(0);

/** One for a process that ends and starts again: meanwhile no outgoing connection of somebody else's gets it. */
export const lastingPort = async (): Promise<number> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await tryPort(randomInt(...LASTING_PORTS));
    } catch (error) {
      if (attempt === 50) throw error;
    }
  }
};

/** @param wanted 0: any */
const tryPort = (wanted: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', reject);
    server.listen(wanted, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (address !== null && typeof address === 'object') resolve(address.port);
        else reject(new Error('no port'));
      });
    });
  });
