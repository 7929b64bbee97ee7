/** Starts the embedded server in the directory of its argument, and stops it when asked to end. */
import { EmbeddedServer } from '../../src/database/embedded-server.js';

const [, , dataDir = ''] = process.argv;
const server = await EmbeddedServer.start({ dataDir });
const staying = setInterval(() => undefined, 60_000);
process.once('SIGTERM', () => {
  clearInterval(staying);
  void server.stop().then((outcome) => process.stdout.write(`left ${outcome}\n`));
});
process.stdout.write(`pid ${String(await server.pid())}\nurl ${server.url}\n`);
