/** An answer to be sent. */
export interface Answer {
  status: number;
  /** Sent as JSON; undefined: no body. */
  body?: unknown;
  /** Sent as text instead of `body`. */
  text?: string;
  headers?: Record<string, string>;
  /** A switch makes the answer violate the contract, so it is not checked. */
  deliberate?: boolean;
}

export const ok = (body: unknown): Answer => ({ status: 200, body });
