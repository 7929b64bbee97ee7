/**
 * Bytes of answers that their readers have not taken yet. They lie in the memory of this process, and readers decide for how long, so
 * there is a bound: beyond it a large answer to a reader is replaced by a refusal, and beyond twice of it no request is
 * taken at all, but for those of the operator's machines. What somebody has changed is told in any case: such answers
 * are small.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { DomainError } from '../errors/domain-error.js';

const MIB = 1024 * 1024;

/** Far more than readers who read leave: a page has a megabyte at most. An eighth of the memory of the smallest replica. */
export const MOST_BYTES = 32 * MIB;
/** Smaller ones find room when large ones have used up theirs. */
const LARGE_BYTES = 64 * 1024;
const RETRY_SECONDS = 2;

const READS = new Set(['GET', 'HEAD']);

/**
 * Register it after all other hooks: it counts what is really sent.
 * @param isShed whether a request may be refused at the door
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
    onceTaken(request.raw.socket, reply.raw, () => {
      bytes -= size;
    });
    done(null, payload);
  });
}

/**
 * Acts when the answer is taken or its connection is gone. An answer whose connection was gone before, or that waits behind an
 * earlier one of its connection, does not say so itself.
 */
function onceTaken(connection: Socket, answer: ServerResponse, act: () => void): void {
  if (connection.destroyed) {
    act();
    return;
  }
  const taken = (): void => {
    connection.off('close', taken);
    answer.off('close', taken);
    act();
  };
  // a client may ask many times before it reads: that is no leak of listeners
  connection.setMaxListeners(0).once('close', taken);
  answer.once('close', taken);
}

/** Streams, as of files, are read as fast as they are taken. */
const sizeOf = (payload: unknown): number =>
  typeof payload === 'string' || Buffer.isBuffer(payload) ? payload.length : 0;

const tooManyUnread = (): DomainError =>
  new DomainError('SERVICE_UNAVAILABLE', 'Too many answers wait to be read by those who asked for them.', {
    retryAfterSeconds: RETRY_SECONDS,
  });
