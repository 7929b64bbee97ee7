import http from 'node:http';
import https from 'node:https';
import { afterEach, describe, expect, it } from 'vitest';
import { run, type RunningServer } from '../../test/support/scripted-server.js';
import { TEST_TLS } from '../../test/support/tls-certificate.js';
import { type RequestPhase, watchPhase } from './request-phase.js';

const servers: RunningServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

async function tlsServer(onRequest: http.RequestListener): Promise<RunningServer> {
  const server = await run(https.createServer(TEST_TLS, onRequest), 'https');
  servers.push(server);
  return server;
}

/** Sends one POST and says how far it got when it ended, well or not. */
function post(url: string, options: https.RequestOptions): Promise<RequestPhase> {
  const phase: RequestPhase = { sent: false, status: null };
  return new Promise((resolve) => {
    const request = https.request(url, { ...options, method: 'POST', agent: false }, (answer) => {
      answer.resume().on('end', () => {
        resolve(phase);
      });
    });
    watchPhase(request, phase);
    request.on('error', () => {
      resolve(phase);
    });
    request.end('{"a":1}');
  });
}

describe('watchPhase over TLS', () => {
  it('calls a request sent once the certificate was accepted, even if the answer never comes', async () => {
    const server = await tlsServer((request) => request.socket.destroy());
    expect(await post(server.url, { ca: TEST_TLS.cert })).toEqual({ sent: true, status: null });
  });

  it('sees the head of an answer', async () => {
    const server = await tlsServer((_request, response) => response.writeHead(202).end());
    expect(await post(server.url, { ca: TEST_TLS.cert })).toEqual({ sent: true, status: 202 });
  });

  it('calls a request not sent when the certificate was refused, and the server never saw it', async () => {
    let seen = 0;
    const server = await tlsServer(() => (seen += 1));
    expect(await post(server.url, {})).toEqual({ sent: false, status: null });
    expect(server.connections).toBe(1);
    expect(seen).toBe(0);
  });
});
