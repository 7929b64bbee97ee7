/** What callers remember: only what was answered. A 202 is a promise. */

export type Verb = 'start' | 'stop' | 'restart' | 'delete';

/** An event as it was shown. */
export interface SeenEvent {
  seq: number;
  type: string;
  data: Record<string, unknown>;
  at: string;
}

/** An instance as the API shows it: what is looked at here. */
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

/** One create that somebody asked for, under one idempotency key, and all that was promised about it. */
export interface Order {
  key: string;
  body: Record<string, unknown> & { name: string };
  /** Every id that was answered to the key. More than one is a second purchase. */
  ids: Set<string>;
  deletePromised: boolean;
  /** The last start or stop that was answered with 202. */
  lastWish: 'start' | 'stop' | null;
  /** Starts and stops whose answer was lost at least once: one of them may come true late, at a replica that slept. */
  lateWishes: Set<Verb>;
  /** The longest list of events that was read so far. */
  events: SeenEvent[];
  /** What was answered and should not have been. */
  surprises: string[];
}

export const newOrder = (key: string, body: Order['body']): Order => ({
  key,
  body,
  ids: new Set(),
  deletePromised: false,
  lastWish: null,
  lateWishes: new Set(),
  events: [],
  surprises: [],
});

/** The id that its create was answered with; null while it was not. */
export const idOf = ({ ids }: Order): string | null => [...ids][0] ?? null;
