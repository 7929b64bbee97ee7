import { randomBytes } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { gzipSync } from 'node:zlib';
import { HttpService } from '@nestjs/axios';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Secret } from '../../src/config/config.js';
import { HttpTransport } from '../../src/novita-api/http-transport.js';
import type { NovitaReply, NovitaRequest } from '../../src/novita-api/novita-transport.js';
import { systemClock } from '../../src/time/clock.js';
import { always, replyJson, run, startScriptedServer, startSocketServer } from '../support/scripted-server.js';
import { TEST_TLS } from '../support/tls-certificate.js';

const KEY = 'sk_test_never_to_be_seen_anywhere';
const CAP = 256 * 1024;
/** Long enough for a local answer, short enough to wait out. */

const ended: (() => unknown)[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(ended.splice(0).map((end) => end()));
});

async function serve<Server extends { close(): Promise<void> }>(starting: Promise<Server>): Promise<Server> {
  const server = await starting;
  ended.push(() => server.close());
  return server;
}

function transportTo(baseUrl: string): HttpTransport {
  const transport = new HttpTransport(new HttpService(), { apiKey: new Secret(KEY), baseUrl }, systemClock);
  ended.push(() => {
    transport.close();
  });
  return transport;
}

const POST: NovitaRequest = { method: 'POST', path: '/thing', body: { a: 'ü' }, maxAnswerBytes: CAP };
const GET: NovitaRequest = { method: 'GET', path: '/thing', maxAnswerBytes: CAP };

/** @param deadline never passes unless the test lets it pass */
async function send(
  baseUrl: string,
  request: NovitaRequest = POST,
  deadline = new AbortController().signal,
): Promise<NovitaReply> {
  const reply = await transportTo(baseUrl).send(request, deadline);
  expect(JSON.stringify(reply)).not.toContain(KEY);
  return reply;
}

/** A port on which nobody listens. */
async function closedPort(): Promise<number> {
  const server = await run(net.createServer());
  await server.close();
  return server.port;
}

/** A server that takes the whole request and then answers with these bytes, and perhaps hangs up. */
const rawServer = (bytes: string | Buffer, hangUp: boolean) =>
  serve(
    startSocketServer((socket) => {
      socket.once('data', () => {
        socket.write(bytes);
        if (hangUp) socket.end();
      });
    }),
  );

describe('what the transport sends', () => {
  it('sends method, path, query, body, key and name as Novita wants them', async () => {
    const server = await serve(startScriptedServer(always(200, { ok: true })));
    const baseUrl = `${server.url}/gpu-instance/openapi`;
    await send(baseUrl);
    await send(baseUrl, { ...GET, query: { name: 'a&b=c d/ü', pageNum: 0, isMyCommunity: false } });
    const [post, get] = server.requests;
    expect(post).toMatchObject({ method: 'POST', url: '/gpu-instance/openapi/v1/thing', body: '{"a":"ü"}' });
    expect(get).toMatchObject({
      method: 'GET',
      url: '/gpu-instance/openapi/v1/thing?name=a%26b%3Dc+d%2F%C3%BC&pageNum=0&isMyCommunity=false',
      body: '',
    });
    for (const request of server.requests) {
      expect(request.headers.authorization).toBe(`Bearer ${KEY}`);
      expect(request.headers['content-type']).toBe('application/json');
      expect(request.headers['user-agent']).toMatch(/^novitai\/\d+\.\d+\.\d+$/);
    }
  });

  it('keeps one connection for reads and opens a fresh one for each change', async () => {
    const server = await serve(startScriptedServer(always(200, {})));
    const transport = transportTo(server.url);
    const deadline = (): AbortSignal => new AbortController().signal;
    for (const request of [GET, GET, GET]) await transport.send(request, deadline());
    expect(server.connections).toBe(1);
    for (const request of [POST, POST]) await transport.send(request, deadline());
    expect(server.connections).toBe(3);
  });

  it('gives status, content type, wanted pause and body as they came', async () => {
    const server = await serve(startScriptedServer(always(429, { a: 1 }, { 'retry-after': '9' })));
    expect(await send(server.url)).toEqual({
      kind: 'answer',
      status: 429,
      contentType: 'application/json',
      retryAfterSeconds: 9,
      body: '{"a":1}',
    });
  });

  it.each([301, 302, 303, 307, 308])('follows no redirect, and gives the answer %i as it came', async (status) => {
    const elsewhere = await serve(startScriptedServer(always(200, { elsewhere: true })));
    const server = await serve(startScriptedServer(always(status, {}, { location: `${elsewhere.url}/v1/thing` })));
    for (const request of [GET, POST]) {
      expect(await send(server.url, request)).toMatchObject({ kind: 'answer', status, body: '{}' });
    }
    expect(server.requests).toHaveLength(2);
    expect(elsewhere.requests).toHaveLength(0);
  });

  it('goes to Novita itself whatever proxy the environment names', async () => {
    const proxy = await serve(startScriptedServer(always(200, { proxy: true })));
    const server = await serve(startScriptedServer(always(200, {})));
    for (const name of ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY']) {
      vi.stubEnv(name, proxy.url);
    }
    for (const name of ['no_proxy', 'NO_PROXY']) vi.stubEnv(name, '');
    expect(await send(server.url)).toMatchObject({ kind: 'answer', body: '{}' });
    expect(proxy.requests).toHaveLength(0);
  });

  it.each([301, 302, 303, 307, 308])('does not follow a %i, which would take the key elsewhere', async (status) => {
    const elsewhere = await serve(startScriptedServer(always(200, { id: 'x' })));
    const server = await serve(startScriptedServer(always(status, {}, { location: elsewhere.url })));
    for (const request of [POST, GET])
      expect(await send(server.url, request)).toMatchObject({ kind: 'answer', status });
    expect(elsewhere.connections).toBe(0);
  });

  it('never leaves its host, not even for a path that is an address', async () => {
    const elsewhere = await serve(startScriptedServer(always(200, {})));
    const server = await serve(startScriptedServer(always(200, {})));
    for (const path of [elsewhere.url, elsewhere.url.replace('http:', '')]) await send(server.url, { ...GET, path });
    expect(elsewhere.connections).toBe(0);
    expect(server.requests).toHaveLength(2);
  });
});

describe('a request that never left', () => {
  const notSent = (cause: string): unknown =>
    expect.objectContaining({ kind: 'failure', phase: 'not-sent', cause, status: null });

  it('is one whose connection was refused', async () => {
    const reply = await send(`http://127.0.0.1:${await closedPort()}`);
    expect(reply).toEqual(notSent('network'));
    expect(reply).toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('is one whose host cannot be resolved', async () => {
    expect(await send('http://no-such-host.invalid')).toEqual(notSent('network'));
  });

  it('is one over TLS to a server that speaks none', async () => {
    const server = await serve(startScriptedServer(always(200, {})));
    expect(await send(`https://127.0.0.1:${server.port}`)).toEqual(notSent('network'));
    expect(server.requests).toHaveLength(0);
  });

  it('is one whose server has a certificate that nobody vouches for', async () => {
    let seen = 0;
    const server = await serve(
      run(
        https.createServer(TEST_TLS, () => (seen += 1)),
        'https',
      ),
    );
    expect(await send(server.url)).toEqual(notSent('network'));
    expect(seen).toBe(0);
  });

  it('is one whose TLS handshake was cut off', async () => {
    const server = await serve(startSocketServer((socket) => socket.once('data', () => socket.destroy())));
    expect(await send(`https://127.0.0.1:${server.port}`)).toEqual(notSent('network'));
  });

  it('is one whose TLS handshake never ends', async () => {
    const deadline = new AbortController();
    const server = await serve(startSocketServer((socket) => socket.once('data', () => deadline.abort())));
    expect(await send(`https://127.0.0.1:${server.port}`, POST, deadline.signal)).toEqual(notSent('timeout'));
  });

  it('is one whose deadline had passed before it began', async () => {
    const server = await serve(startScriptedServer(always(200, {})));
    expect(await transportTo(server.url).send(POST, AbortSignal.abort())).toEqual(notSent('timeout'));
    expect(server.connections).toBe(0);
  });

  it('is one whose body is larger than Novita would take', async () => {
    const server = await serve(startScriptedServer(always(200, {})));
    expect(await send(server.url, { ...POST, body: { a: 'x'.repeat(CAP) } })).toEqual(notSent('network'));
    expect(server.connections).toBe(0);
  });
});

describe('a request of which nobody knows what became', () => {
  it('is one whose connection was reset under it', async () => {
    const server = await serve(startSocketServer((socket) => socket.once('data', () => socket.resetAndDestroy())));
    expect(await send(server.url)).toMatchObject({ kind: 'failure', phase: 'sent', cause: 'network', status: null });
  });

  it('is one whose connection was closed without an answer', async () => {
    const server = await serve(startSocketServer((socket) => socket.once('data', () => socket.end())));
    expect(await send(server.url)).toMatchObject({ kind: 'failure', phase: 'sent', cause: 'network', status: null });
  });

  it('is one that a kept connection lost', async () => {
    const server = await serve(
      startScriptedServer((_request, response, index) => {
        if (index === 0) replyJson(response, 200, {});
        else response.socket?.resetAndDestroy();
      }),
    );
    const transport = transportTo(server.url);
    await transport.send(GET, new AbortController().signal);
    const reply = await transport.send(GET, new AbortController().signal);
    expect(reply).toMatchObject({ kind: 'failure', phase: 'sent', cause: 'network' });
    expect(server.connections).toBe(1);
  });

  it('is one that hangs, until its deadline', async () => {
    const deadline = new AbortController();
    const server = await serve(startScriptedServer(() => deadline.abort()));
    expect(await send(server.url, POST, deadline.signal)).toMatchObject({
      kind: 'failure',
      phase: 'sent',
      cause: 'timeout',
      status: null,
    });
  });

  it('is one whose answer comes a byte at a time, until its deadline', async () => {
    const deadline = new AbortController();
    const server = await serve(
      startScriptedServer((_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        let bytes = 0;
        const drip = setInterval(() => {
          response.write(' ');
          if (++bytes === 10) deadline.abort();
        }, 20);
        response.on('close', () => {
          clearInterval(drip);
        });
      }),
    );
    expect(await send(server.url, POST, deadline.signal)).toMatchObject({
      kind: 'failure',
      cause: 'timeout',
      status: 200,
    });
  });

  it('is one whose answer breaks off', async () => {
    const server = await rawServer('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"id":"x"}', true);
    expect(await send(server.url)).toMatchObject({ kind: 'failure', phase: 'sent', cause: 'network', status: 200 });
  });

  it.each([
    ['no HTTP', 'ERROR go away\r\n\r\n'],
    ['half a head', 'HTTP/1.1 200'],
    ['a broken chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n{}\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}'],
    ['a head that is too long', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(70_000)}\r\n\r\n`],
  ])('is one that is answered with %s', async (_what, bytes) => {
    const server = await rawServer(bytes, true);
    expect(await send(server.url)).toMatchObject({ kind: 'failure', phase: 'sent', cause: 'network' });
  });

  it.each([
    ['of a known length', true],
    ['without end', false],
  ])('is one whose answer is too large, %s', async (_what, isKnown) => {
    const chunk = randomBytes(64 * 1024);
    let written = 0;
    const server = await serve(
      startScriptedServer((_request, response) => {
        response.writeHead(200, isKnown ? { 'content-length': String(100 * 1024 * 1024) } : {});
        const pour = (): void => {
          do written += chunk.length;
          while (response.write(chunk) && !response.destroyed);
        };
        response.on('drain', pour);
        pour();
      }),
    );
    expect(await send(server.url)).toMatchObject({ kind: 'failure', phase: 'sent', cause: 'too-large', status: 200 });
    expect(written).toBeLessThan(50 * 1024 * 1024);
  });

  it('is one whose answer grows too large when unpacked', async () => {
    const packed = gzipSync(Buffer.alloc(50 * 1024 * 1024));
    const server = await serve(
      startScriptedServer((_request, response) => {
        response.writeHead(200, { 'content-encoding': 'gzip' });
        response.end(packed);
      }),
    );
    expect(packed.length).toBeLessThan(CAP);
    expect(await send(server.url)).toMatchObject({ kind: 'failure', cause: 'too-large', status: 200 });
  });

  it('is one whose answer only says that it is packed', async () => {
    const server = await serve(startScriptedServer(always(200, {}, { 'content-encoding': 'gzip' })));
    expect(await send(server.url)).toMatchObject({ kind: 'failure', phase: 'sent', cause: 'network', status: 200 });
  });
});

describe('an answer that is only unusual', () => {
  it('is read after a 100 Continue and an early hint', async () => {
    const heads = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n';
    const server = await rawServer(`${heads}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}`, true);
    expect(await send(server.url)).toMatchObject({ kind: 'answer', status: 200, body: '{}', contentType: null });
  });

  it('is read when it is packed', async () => {
    const server = await serve(
      startScriptedServer((_request, response) => {
        response.writeHead(200, { 'content-encoding': 'gzip' });
        response.end(gzipSync('{"a":1}'));
      }),
    );
    expect(await send(server.url)).toMatchObject({ kind: 'answer', body: '{"a":1}' });
  });

  it('is read when it has no body', async () => {
    const server = await rawServer('HTTP/1.1 204 No Content\r\n\r\n', false);
    expect(await send(server.url)).toMatchObject({ kind: 'answer', status: 204, body: '' });
  });

  it('is read when it came before the whole request was', async () => {
    const early = http.createServer((request, response) => {
      replyJson(response, 413, { code: 413 });
      request.resume();
    });
    const server = await serve(run(early));
    expect(await send(server.url)).toMatchObject({ kind: 'answer', status: 413 });
  });
});
