import fastify, { type FastifyInstance } from 'fastify';
import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DomainError } from '../errors/domain-error.js';
import { boundAnswersInFlight } from './answers-in-flight.js';

/** One of them fits, and two do not. */
const LARGE = 'x'.repeat(70_000);
const MOST_BYTES = 100_000;

const ask = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;

describe('an answer whose reader is gone takes no room', () => {
  let server: FastifyInstance;
  let url: string;
  let client: Socket;
  /** The server's end of it. */
  let connection: Promise<Socket>;
  /** Ends when an answer that was not taken is about to be sent. */
  let isMade: Promise<void>;

  beforeEach(async () => {
    server = fastify();
    server.setErrorHandler((error, _request, reply) => reply.code(error instanceof DomainError ? 503 : 500).send());
    boundAnswersInFlight(server, () => true, MOST_BYTES);
    isMade = new Promise((resolve) => {
      server.addHook('onSend', (request, _reply, _payload, done) => {
        done();
        if (request.url !== '/taken') resolve();
      });
    });
    server.get('/taken', () => LARGE);
    server.get('/behind', () => LARGE);
    server.get('/never', () => new Promise(() => undefined));
    server.get('/late', async ({ raw: { socket } }) => {
      const isGone = once(socket, 'close');
      client.destroy();
      await isGone;
      return LARGE;
    });
    await server.listen({ port: 0, host: '127.0.0.1' });
    const { port } = server.server.address() as AddressInfo;
    url = `http://127.0.0.1:${port}`;
    connection = once(server.server, 'connection').then(([socket]) => socket as Socket);
    client = connect({ port, host: '127.0.0.1' });
  });
  afterEach(async () => {
    client.destroy();
    await server.close();
  });

  it('when the answer is made after the reader went away', async () => {
    client.write(ask('/late'));
    await isMade;
    expect((await fetch(`${url}/taken`)).status).toBe(200);
  });

  it('when the answer waits behind an earlier one of the same connection', async () => {
    client.write(ask('/never') + ask('/behind'));
    await isMade;
    expect((await fetch(`${url}/taken`)).status).toBe(503);
    const isGone = once(await connection, 'close');
    client.destroy();
    await isGone;
    expect((await fetch(`${url}/taken`)).status).toBe(200);
  });
});
