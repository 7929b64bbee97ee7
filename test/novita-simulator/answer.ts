/** What is to be sent back. */
export interface Answer {
  status: number;
  /** Sent as JSON; undefined: no body. */
  body?: unknown;
  /** Sent as text instead of `body`. */
  text?: string;
  headers?: Record<string, string>;
  /** Leaves the contract on purpose, by a switch: not held to it. */
  deliberate?: boolean;
}

export const ok = (body: unknown): Answer => ({ status: 200, body });
