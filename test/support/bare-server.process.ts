/** A bare Node HTTP server in its own process, for comparing how long answers take. Prints its address. */
import http from 'node:http';

const server = http.createServer((_, response) => {
  response.setHeader('content-type', 'application/json').end('{"status":"ok"}');
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error(`listens on ${String(address)}`);
  process.stdout.write(`url http://127.0.0.1:${String(address.port)}\n`);
});
process.once('SIGTERM', () => server.close().closeAllConnections());
