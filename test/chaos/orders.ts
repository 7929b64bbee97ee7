/** What callers remember: only what was answered. A 202 must be kept. */

export type Verb = 'start' | 'stop' | 'restart' | 'replace' | 'delete';

/** An event as shown by the API. */
export interface SeenEvent {
  seq: number;
  type: string;
  data: Record<string, unknown>;
  at: string;
}

/** The fields of an instance that are checked here. */
export interface SeenInstance {
  id: string;
  name: string;
  status: string;
  desiredState: 'running' | 'stopped' | 'deleted';
  failure: { code: string; message: string } | null;
  labels: Record<string, string>;
  machine: { id: string; status: string } | null;
  attempts: { number: number; state: string; sentAt: string }[];
}

/** A create with one idempotency key, and all that was answered about it. */
export interface Order {
  key: string;
  body: Record<string, unknown> & { name: string };
  /** Every id that was answered for the key. More than one means a second purchase. */
  ids: Set<string>;
  deletePromised: boolean;
  /** The last start or stop that was answered with 202. */
  lastCommand: 'start' | 'stop' | null;
  /** Actions whose answer was lost at least once: a paused replica may execute one of them late. */
  lateCommands: Set<Verb>;
  /** The longest list of events read so far. */
  events: SeenEvent[];
  /** Answers that were wrong. */
  surprises: string[];
}

export const newOrder = (key: string, body: Order['body']): Order => ({
  key,
  body,
  ids: new Set(),
  deletePromised: false,
  lastCommand: null,
  lateCommands: new Set(),
  events: [],
  surprises: [],
});

/** The id in the answer to the create, or null before an answer. */
export const idOf = ({ ids }: Order): string | null => [...ids][0] ?? null;
