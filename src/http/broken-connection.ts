import { randomUUID } from 'node:crypto';
import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { DomainError } from '../errors/domain-error.js';
import { statusOf } from './error-status.js';
import { asDomainError, problemOf } from './problem.js';
import { PROBLEM_MEDIA_TYPE } from './problem.dto.js';

/** The refusal with which a connection was ended. */
const endings = new WeakMap<Socket, DomainError>();

/**
 * Answers input that is not an HTTP request: broken or endless headers, or a request that does not arrive in time. There is no request
 * object, so the answer is written to the connection, which is then closed.
 */
export function answerBrokenConnection(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable || isAnswering(socket)) {
    socket.destroy(error);
    return;
  }
  const known = asDomainError(error);
  const refusal =
    known.code === 'INTERNAL_SERVER_ERROR' || known.code === 'SERVICE_UNAVAILABLE'
      ? new DomainError('VALIDATION_ERROR', 'The request is not HTTP/1.1.')
      : known;
  answerConnection(refusal, socket);
}

/** Writes a refusal to a connection and closes it. */
export function answerConnection(refusal: DomainError, socket: Socket): void {
  endings.set(socket, refusal);
  const requestId = randomUUID();
  const body = JSON.stringify(problemOf(refusal, '', requestId));
  const status = statusOf(refusal.code);
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}`,
      `content-type: ${PROBLEM_MEDIA_TYPE}; charset=utf-8`,
      `content-length: ${Buffer.byteLength(body)}`,
      `x-request-id: ${requestId}`,
      'cache-control: no-store',
      'x-content-type-options: nosniff',
      'cross-origin-resource-policy: same-origin',
      'connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}

/** Whether the client would mistake a written refusal for the answer to an earlier request. */
function isAnswering(socket: Socket): boolean {
  // Node's own answers to broken connections read this field too
  const { _httpMessage: answer } = socket as Socket & { _httpMessage?: ServerResponse | null };
  return answer ? answer.headersSent || answer.req.complete : false;
}

/** Why a request will never arrive completely, or null when it has arrived or still may. */
export function refusalOfCutOff(request: IncomingMessage): DomainError | null {
  if (request.complete || !request.destroyed) return null;
  return (
    endings.get(request.socket) ??
    new DomainError('REQUEST_ABORTED', 'The client closed the connection before its request was complete.')
  );
}
