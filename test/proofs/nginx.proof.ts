/** Real nginx with the configuration of deploy/nginx, in front of two small servers. Needs nginx and openssl on the PATH. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import http from 'node:http';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LONGEST_WAIT_SECONDS } from '../../src/http/prefer.js';
import { eventually } from '../support/eventually.js';
import { Nginx } from '../support/nginx.js';

type Behaviour = 'answers' | 'dies' | 'leaves' | 'streams';
interface Replica {
  port: number;
  behaviour: Behaviour;
  streamsLeft: number;
  received: { method: string; headers: http.IncomingHttpHeaders; body: string }[];
  close(): Promise<void>;
}

/** `dies`: the connection is cut after the whole request was read; `leaves`: 503, as a replica that shuts down; `streams`: an answer that stays open. */
const startReplica = async (): Promise<Replica> => {
  const server = http.createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      replica.received.push({ method: request.method ?? '', headers: request.headers, body });
      if (replica.behaviour === 'dies') return void request.socket.destroy();
      if (replica.behaviour === 'streams') {
        response.writeHead(200, { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' });
        response.write('data: first\n\n');
        response.once('close', () => (replica.streamsLeft += 1));
        return;
      }
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
    streamsLeft: 0,
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
  expect(received()[0]?.headers).toMatchObject({
    'x-forwarded-for': '127.0.0.1',
    'x-request-id': 'the-id',
    host: new URL(nginx.url).host,
  });
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

it('passes on each event at once, and tells the replica when the client has left', async () => {
  for (const each of replicas) each.behaviour = 'streams';
  const leaving = new AbortController();
  const answer = await fetch(`${nginx.url}/api/events/stream`, { signal: leaving.signal });
  // the answer has not ended, and never would
  const first = await answer.body?.pipeThrough(new TextDecoderStream()).getReader().read();
  expect(first?.value).toBe('data: first\n\n');
  leaving.abort();
  await eventually('the replica knows', () => replicas.some(({ streamsLeft }) => streamsLeft === 1));
});

it('waits longer than the longest wait that the API offers, and has connections for those who do', async () => {
  const configuration = await readFile(new URL('../../deploy/nginx/nginx.conf', import.meta.url), 'utf8');
  const number = (of: RegExp): number => Number(of.exec(configuration)?.[1]);
  expect(number(/proxy_read_timeout (\d+)s;/)).toBeGreaterThan(LONGEST_WAIT_SECONDS);
  const connections = number(/worker_connections (\d+);/);
  expect(connections).toBeGreaterThan(2 * (5_000 + 1_000));
  expect(number(/worker_rlimit_nofile (\d+);/)).toBeGreaterThan(connections);
});

it('a body far beyond what the service takes is refused, and reaches no replica', async () => {
  const post = (bytes: number): Promise<Response> => fetch(nginx.url, { method: 'POST', body: 'x'.repeat(bytes) });
  expect((await post(128 * 1024 + 1)).status).toBe(413);
  expect(received()).toEqual([]);
  expect((await post(128 * 1024)).status).toBe(200);
});

it('speaks TLS 1.2 and 1.3 and HTTP/2 in production, says so to browsers and to the service, and nothing older', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'novitai-tls-'));
  const [certificate, key] = ['fullchain.pem', 'privkey.pem'].map((name) => path.join(directory, name)) as [
    string,
    string,
  ];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', ...subject];
  await promisify(execFile)('openssl', [...made, '-keyout', key, '-out', certificate]);
  const behindTls = await Nginx.start(
    replicas.map(({ port }) => port),
    { certificate, key },
  );
  try {
    const ca = await readFile(certificate);
    const session = http2.connect(behindTls.url, { ca });
    const stream = session.request({ ':path': '/api/instances', 'x-forwarded-proto': 'http' });
    const [headers] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders];
    session.destroy();
    expect(headers[':status']).toBe(200);
    expect(headers['strict-transport-security']).toMatch(/max-age=\d{7}/);
    expect(received()[0]?.headers).toMatchObject({
      'x-forwarded-proto': 'https',
      'x-forwarded-for': '127.0.0.1',
      host: new URL(behindTls.url).host,
    });

    const port = Number(new URL(behindTls.url).port);
    const greet = async (version: tls.SecureVersion): Promise<string | null> => {
      const ciphers = 'DEFAULT:@SECLEVEL=0';
      const socket = tls.connect({ port, host: '127.0.0.1', ca, minVersion: version, maxVersion: version, ciphers });
      try {
        await once(socket, 'secureConnect');
        return socket.getProtocol();
      } finally {
        socket.destroy();
      }
    };
    expect(await greet('TLSv1.3')).toBe('TLSv1.3');
    expect(await greet('TLSv1.2')).toBe('TLSv1.2');
    await expect(greet('TLSv1.1')).rejects.toMatchObject({ code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' });
  } finally {
    await behindTls.stop();
    await rm(directory, { recursive: true });
  }
});
