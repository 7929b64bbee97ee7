import { randomInt } from 'node:crypto';
import net from 'node:net';

/** Below the range from which Linux, BSD and macOS assign ports to connections and to servers with port 0. */
const OWN_PORTS: [from: number, to: number] = [15_000, 32_000];

/** A port for a process that listens later, or again. Meanwhile no connection and no other test gets it. */
export const freePort = async (): Promise<number> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await tryPort(randomInt(...OWN_PORTS));
    } catch (error) {
      if (attempt === 50) throw error;
    }
  }
};

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
