import { ERROR_CODES, type ErrorCode, type ErrorKind } from '../errors/error-codes.js';

/** The only place where a kind of refusal becomes an HTTP status. */
const STATUS_OF_KIND = {
  malformed: 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  'method-not-allowed': 405,
  'not-acceptable': 406,
  conflict: 409,
  'precondition-failed': 412,
  'too-large': 413,
  'uri-too-long': 414,
  'headers-too-large': 431,
  'request-too-slow': 408,
  'not-so-in-time': 408,
  'unsupported-media-type': 415,
  'expectation-failed': 417,
  unprocessable: 422,
  'too-many-requests': 429,
  internal: 500,
  unavailable: 503,
  timeout: 504,
} as const satisfies Record<ErrorKind, number>;

export const statusOf = (code: ErrorCode): number => STATUS_OF_KIND[ERROR_CODES[code].kind];
