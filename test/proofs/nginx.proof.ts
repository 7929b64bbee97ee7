/** Real nginx with the configuration of deploy/nginx, in front of two small servers. Needs nginx on the PATH. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Nginx } from '../support/nginx.js';

type Behaviour = 'answers' | 'dies' | 'leaves';
interface Replica {
  port: number;
  behaviour: Behaviour;
  received: { method: string; headers: http.IncomingHttpHeaders; body: string }[];
  close(): Promise<void>;
}

/** `dies`: the connection is cut after the whole request was read; `leaves`: 503, as a replica that shuts down. */
const startReplica = async (): Promise<Replica> => {
  const server = http.createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      replica.received.push({ method: request.method ?? '', headers: request.headers, body });
      if (replica.behaviour === 'dies') return void request.socket.destroy();
      response.writeHead(replica.behaviour === 'leaves' ? 503 : 200, {
        'x-request-id': request.headers['x-request-id'] ?? 'none',
      });
      response.end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const replica: Replica = {
    port: (server.address() as AddressInfo).port,
    behaviour: 'answers',
    received: [],
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return replica;
};

let nginx: Nginx;
let replicas: [Replica, Replica];

beforeEach(async () => {
  replicas = [await startReplica(), await startReplica()];
  nginx = await Nginx.start(replicas.map(({ port }) => port));
});
afterEach(async () => {
  await nginx.stop();
  await Promise.all(replicas.map((each) => each.close()));
});

const received = () => replicas.flatMap((each) => each.received);
const ask = (method: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${nginx.url}/api/instances`, { method, headers, ...(method === 'POST' ? { body: '{"name":"one"}' } : {}) });

it('tells who made the connection, whatever the caller says, and passes the id of the request both ways', async () => {
  const answer = await ask('GET', { 'X-Forwarded-For': '203.0.113.7', 'X-Request-Id': 'the-id' });
  expect(received()).toHaveLength(1);
  expect(received()[0]?.headers).toMatchObject({ 'x-forwarded-for': '127.0.0.1', 'x-request-id': 'the-id' });
  expect(answer.headers.get('x-request-id')).toBe('the-id');
});

it.each(['GET', 'POST'])('a %s goes elsewhere when the connection is refused', async (method) => {
  await replicas[0].close();
  const answers = await Promise.all(Array.from({ length: 6 }, () => ask(method)));
  expect(answers.map(({ status }) => status)).toEqual(Array<number>(6).fill(200));
  expect(replicas[1].received).toHaveLength(6);
});

it.each([
  ['GET', 'dies', 2, 502],
  ['POST', 'dies', 1, 502],
  ['GET', 'leaves', 2, 503],
  ['POST', 'leaves', 1, 503],
] as const)('a %s that each replica %s over is sent %i times', async (method, behaviour, times, status) => {
  for (const each of replicas) each.behaviour = behaviour;
  expect((await ask(method)).status).toBe(status);
  expect(received()).toHaveLength(times);
});

it('a body far beyond what the service takes is refused, and reaches no replica', async () => {
  const post = (bytes: number): Promise<Response> => fetch(nginx.url, { method: 'POST', body: 'x'.repeat(bytes) });
  expect((await post(128 * 1024 + 1)).status).toBe(413);
  expect(received()).toEqual([]);
  expect((await post(128 * 1024)).status).toBe(200);
});
