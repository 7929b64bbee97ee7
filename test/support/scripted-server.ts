import http, { type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';

export interface SeenRequest {
  method: string;
  /** Path and query. */
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

export interface RunningServer {
  url: string;
  port: number;
  connections: number;
  close(): Promise<void>;
}

export interface ScriptedServer extends RunningServer {
  requests: SeenRequest[];
}

export type Reply = (request: SeenRequest, response: ServerResponse, index: number) => void;

/** A real HTTP server that calls a function for each complete request. */
export async function startScriptedServer(reply: Reply): Promise<ScriptedServer> {
  const requests: SeenRequest[] = [];
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const seen = { method, url, headers, body: Buffer.concat(chunks).toString() };
      reply(seen, response, requests.push(seen) - 1);
    });
  };
  return Object.assign(await run(http.createServer(listener)), { requests });
}

/** A TCP server that calls a function for each connection. */
export const startSocketServer = (onSocket: (socket: Socket) => void): Promise<RunningServer> =>
  run(net.createServer(onSocket));

/** Starts any server on a free port, and can end it with all its connections. */
export async function run(server: Server | net.Server, scheme = 'http'): Promise<RunningServer> {
  const sockets = new Set<Socket>();
  const running = { connections: 0 };
  server.on('connection', (socket: Socket) => {
    running.connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(running, {
    url: `${scheme}://127.0.0.1:${port}`,
    port,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const socket of sockets) socket.destroy();
      }),
  });
}

export function replyJson(response: ServerResponse, status: number, body: unknown, headers: object = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

/** The same answer to every request. */
export const always =
  (status: number, body: unknown, headers: object = {}): Reply =>
  (_request, response) => {
    replyJson(response, status, body, headers);
  };
