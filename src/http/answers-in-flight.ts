/**
 * Bounds the bytes of answers that clients have not read yet. They occupy the memory of this process for as long as the clients like.
 * Beyond the bound a large answer to a read is replaced by a refusal. Beyond twice the bound every request is refused, except those of
 * the operator's monitoring. Answers to changes are always sent; they are small.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { DomainError } from '../errors/domain-error.js';

const MIB = 1024 * 1024;

/** An eighth of the memory of the smallest replica. Clients that read leave far less unread: a page has at most a megabyte. */
export const MOST_BYTES = 32 * MIB;
/** Smaller answers are still sent when large ones have used up the bound. */
const LARGE_BYTES = 64 * 1024;
const RETRY_SECONDS = 2;

const READS = new Set(['GET', 'HEAD']);

/**
 * Must be registered after all other hooks, so that it counts what is really sent.
 * @param isShed whether a request may be refused before it is handled
 */
export function boundAnswersInFlight(
  fastify: FastifyInstance,
  isShed: (request: FastifyRequest) => boolean,
  mostBytes = MOST_BYTES,
): void {
  let bytes = 0;
  fastify.addHook('onRequest', (request, _reply, done) => {
    done(bytes > 2 * mostBytes && isShed(request) ? tooManyUnread() : undefined);
  });
  fastify.addHook('onSend', (request, reply, payload, done) => {
    const size = sizeOf(payload);
    if (size >= LARGE_BYTES && bytes + size > mostBytes && READS.has(request.method)) {
      done(tooManyUnread());
      return;
    }
    bytes += size;
    onceRead(request.raw.socket, reply.raw, () => {
      bytes -= size;
    });
    done(null, payload);
  });
}

/**
 * Calls `act` when the answer is read or its connection is closed. The answer alone emits no event if its connection was closed before,
 * or if it waits behind an earlier answer on the same connection.
 */
export function onceRead(connection: Socket, answer: ServerResponse, act: () => void): void {
  if (connection.destroyed) {
    act();
    return;
  }
  const done = (): void => {
    connection.off('close', done);
    answer.off('close', done);
    act();
  };
  // pipelined requests add many listeners; that is not a leak
  connection.setMaxListeners(0).once('close', done);
  answer.once('close', done);
}

/** Streams, such as files, count as 0: they are read only as fast as the client reads. */
const sizeOf = (payload: unknown): number =>
  typeof payload === 'string' || Buffer.isBuffer(payload) ? payload.length : 0;

const tooManyUnread = (): DomainError =>
  new DomainError('SERVICE_UNAVAILABLE', 'Too many answers wait for their clients to read them.', {
    retryAfterSeconds: RETRY_SECONDS,
  });
