import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { DomainError } from '../errors/domain-error.js';
import { statusOf } from './error-status.js';
import { asDomainError, problemOf } from './problem.js';
import { PROBLEM_MEDIA_TYPE } from './problem.dto.js';

/**
 * Answers what is no HTTP request at all: broken or endless headers, or a request that does not arrive. There is no
 * request yet, so the answer is written to the connection, which is then closed.
 */
export function answerBrokenConnection(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable || socket.bytesWritten > 0) {
    socket.destroy(error);
    return;
  }
  const known = asDomainError(error);
  const refusal =
    known.code === 'INTERNAL_SERVER_ERROR' || known.code === 'SERVICE_UNAVAILABLE'
      ? new DomainError('VALIDATION_ERROR', 'The request is not HTTP/1.1.')
      : known;
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
