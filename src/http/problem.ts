import { HttpException } from '@nestjs/common';
import { ThrottlerException } from '@nestjs/throttler';
import { DomainError, type DomainErrorDetails } from '../errors/domain-error.js';
import { ERROR_CODES, type ErrorCode } from '../errors/error-codes.js';
import type { TokenFault } from '../vocabulary/token-fault.js';
import { isDatabaseOutage } from './database-outage.js';
import { statusOf } from './error-status.js';
import { problemTypeOf, type ProblemBody } from './problem.dto.js';

const OUTAGE_RETRY_SECONDS = 2;
const THROTTLE_RETRY_SECONDS = 1;

/** Errors of Fastify and Node from before a handler is reached, by their codes. */
const TRANSPORT_ERRORS: Readonly<Record<string, [ErrorCode, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['PAYLOAD_TOO_LARGE', 'The body is larger than 64 KB.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['UNSUPPORTED_MEDIA_TYPE', 'The body must be application/json.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['VALIDATION_ERROR', 'The body is not as long as Content-Length says.'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['MALFORMED_JSON', 'The body does not parse as JSON.'],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['MALFORMED_JSON', 'The body is empty.'],
  FST_ERR_BAD_URL: ['VALIDATION_ERROR', 'The path is not correctly percent-encoded.'],
  FST_ERR_INVALID_URL: ['VALIDATION_ERROR', 'The URL is not valid.'],
  FST_ERR_MAX_PARAM_LENGTH: ['URI_TOO_LONG', 'A part of the path is longer than 100 characters.'],
  HPE_HEADER_OVERFLOW: ['HEADERS_TOO_LARGE', 'The headers are larger than 16 KB.'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ['PAYLOAD_TOO_LARGE', 'The extensions of the chunks are larger than 16 KB.'],
  HPE_INVALID_EOF_STATE: ['REQUEST_ABORTED', 'The connection ended before the request did.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['REQUEST_TIMEOUT', 'The request did not arrive within 15 seconds.'],
};

/** Codes for exceptions of the framework, by status. */
const HTTP_EXCEPTIONS: Readonly<Record<number, ErrorCode>> = {
  // only the static files of /docs answer 403, for paths outside of them
  403: 'NOT_FOUND',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  408: 'REQUEST_TIMEOUT',
  413: 'PAYLOAD_TOO_LARGE',
  414: 'URI_TOO_LONG',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  429: 'RATE_LIMIT_EXCEEDED',
  431: 'HEADERS_TOO_LARGE',
  503: 'SERVICE_UNAVAILABLE',
};

/**
 * Turns anything that was thrown into a DomainError. An unknown error becomes INTERNAL_SERVER_ERROR, and its message is not shown.
 */
export function asDomainError(thrown: unknown): DomainError {
  if (thrown instanceof DomainError) return thrown;
  const transport = asTransportError(thrown);
  if (transport !== null) return transport;
  if (thrown instanceof ThrottlerException) {
    return new DomainError('RATE_LIMIT_EXCEEDED', 'Too many requests.', {
      retryAfterSeconds: THROTTLE_RETRY_SECONDS,
    });
  }
  if (thrown instanceof HttpException && thrown.getStatus() !== 500) return fromHttpException(thrown);
  if (isDatabaseOutage(thrown)) {
    return new DomainError('SERVICE_UNAVAILABLE', 'The database cannot be reached now.', {
      retryAfterSeconds: OUTAGE_RETRY_SECONDS,
      cause: thrown,
    });
  }
  return new DomainError('INTERNAL_SERVER_ERROR', 'The service failed. Its log has the details under this requestId.', {
    cause: thrown,
  });
}

/** Looks at the cause too: Nest wraps errors of Fastify. */
function asTransportError(thrown: unknown): DomainError | null {
  for (const error of [thrown, thrown instanceof Error ? thrown.cause : undefined]) {
    if (error instanceof DomainError) return error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const known = Object.hasOwn(TRANSPORT_ERRORS, code) ? TRANSPORT_ERRORS[code] : undefined;
    if (known !== undefined) return new DomainError(known[0], known[1], { faults: faultsOfTransport(known) });
  }
  return null;
}

function faultsOfTransport([code, detail]: [ErrorCode, string]): DomainErrorDetails['faults'] {
  return code === 'MALFORMED_JSON' ? [{ pointer: '', detail }] : undefined;
}

function fromHttpException(exception: HttpException): DomainError {
  const status = exception.getStatus();
  if (status >= 500 && status !== 503) {
    return new DomainError('INTERNAL_SERVER_ERROR', 'The service failed.', { cause: exception });
  }
  const code = HTTP_EXCEPTIONS[status] ?? 'VALIDATION_ERROR';
  return new DomainError(code, `${ERROR_CODES[code].title}.`, {
    ...(code === 'SERVICE_UNAVAILABLE' ? { retryAfterSeconds: OUTAGE_RETRY_SECONDS } : {}),
    cause: exception,
  });
}

/** @param url the requested URL; its query is not shown, since clients log problems and a query may hold private data */
export function problemOf(error: DomainError, url: string, requestId: string): ProblemBody {
  const { title, retryable } = ERROR_CODES[error.code];
  const { faults, allowedActions, instanceId, instanceState, reason } = error.details;
  return {
    type: problemTypeOf(error.code),
    title,
    status: statusOf(error.code),
    detail: error.message,
    instance: url.split('?', 1)[0] ?? url,
    code: error.code,
    retryable,
    requestId,
    ...(faults === undefined ? {} : { errors: faults }),
    ...(reason === undefined ? {} : { reason: reason as TokenFault }),
    ...(allowedActions === undefined ? {} : { allowedActions }),
    ...(instanceId === undefined ? {} : { instanceId }),
    ...(instanceState === undefined ? {} : { instanceState }),
  };
}
