import { ERROR_CODES, type ErrorCode } from './error-codes.js';

/** One thing that is wrong with a request, located by an RFC 6901 JSON pointer into its body (or `?name` for a query parameter). */
export interface Fault {
  pointer: string;
  detail: string;
}

export interface DomainErrorDetails {
  /** What was wrong, thing by thing. */
  faults?: Fault[];
  /** Seconds after which the same request may succeed. */
  retryAfterSeconds?: number;
  /** What may be done instead, for an action that the current state forbids. */
  allowedActions?: string[];
  /** A resource that may be costing money and that the caller should know of. */
  instanceId?: string;
  cause?: unknown;
}

/**
 * A refusal or a failure that a caller can act upon. It has a stable code and a sentence, and knows no HTTP:
 * the edge decides the status.
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
