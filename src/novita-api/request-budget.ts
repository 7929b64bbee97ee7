import type { RequestKind } from './novita-client.js';

/** Whether one request may be sent now. When not, `nextInMs` says when asking again makes sense, and `why` says it to a person. */
export type Admission = { admitted: true } | { admitted: false; nextInMs: number; why: string };

/**
 * What may be sent to Novita with one key: at most so many requests a minute, some of them kept for releases.
 * Neither method throws, and neither waits for longer than {@link ADMISSION_MS}.
 */
export interface RequestBudget {
  /** Spends one request. Not admitted: it must not be sent. */
  take(kind: RequestKind): Promise<Admission>;
  /** How many requests of the kind would be admitted now, and in how many milliseconds the next one will be (0 = now). */
  look(kind: RequestKind): Promise<{ available: number; nextInMs: number }>;
  /** Novita asked for a pause: reads and creates are not admitted before it is over. Releases still are. */
  hold(seconds: number): Promise<void>;
}

/** How long an admission may take to come, and for how long it is good. */
export const ADMISSION_MS = 2_000;

/** Kept for releases: whatever else is under way, a machine can be given back. */
const RELEASE_SHARE = 0.2;
/** Creates take at most this much, so that a burst of them does not blind us to what they made. */
const CREATE_SHARE = 0.5;

export const USED_UP = 'the request budget is used up';
export const HELD = 'Novita asked for a pause';

/** How many requests of each kind a minute may hold. Never 0, however small the whole is. */
export function sharesOf(requestsPerMinute: number): Record<RequestKind, number> {
  const release = Math.max(1, Math.floor(requestsPerMinute));
  const reserve = release === 1 ? 0 : Math.max(1, Math.floor(release * RELEASE_SHARE));
  return { release, read: release - reserve, create: Math.max(1, Math.floor(release * CREATE_SHARE)) };
}
