import { ERROR_CODES, type ErrorCode } from './error-codes.js';

/** One fault of a request. `pointer` is an RFC 6901 JSON pointer into the body, or `?name` for a query parameter. */
export interface Fault {
  pointer: string;
  detail: string;
}

export interface DomainErrorDetails {
  /** A word that says more than the code, from a closed set. */
  reason?: string;
  /** Every fault of the request. */
  faults?: Fault[];
  /** Seconds after which the same request may succeed. */
  retryAfterSeconds?: number;
  /** The actions that the current state allows, when it forbids the requested one. */
  allowedActions?: string[];
  /** An instance that the caller should know of, since it may cost money. */
  instanceId?: string;
  /** The instance as callers see it, when the request waited for it in vain. */
  instanceState?: object;
  cause?: unknown;
}

/**
 * A refusal or a failure that a caller can act upon: a stable code and a sentence. It knows no HTTP; the edge decides the status.
 */
export class DomainError extends Error {
  constructor(
    readonly code: ErrorCode,
    detail: string,
    readonly details: DomainErrorDetails = {},
  ) {
    super(detail, { cause: details.cause });
    this.name = 'DomainError';
  }

  get retryable(): boolean {
    return ERROR_CODES[this.code].retryable;
  }
}
