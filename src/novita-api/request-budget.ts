import type { RequestKind } from './novita-client.js';

/** Whether a request may be sent now. If not: when to ask again, and the reason for people. */
export type Admission = { admitted: true } | { admitted: false; nextInMs: number; why: string };

/**
 * Limits the requests a minute with one Novita key, with a reserve for releases (stop and delete).
 * No method throws, and none waits longer than {@link ADMISSION_MS}.
 */
export interface RequestBudget {
  /** Spends one request. If it is not admitted, it must not be sent. */
  take(kind: RequestKind): Promise<Admission>;
  /** How many requests of the kind would be admitted now, and in how many milliseconds the next one (0 = now). */
  peek(kind: RequestKind): Promise<{ available: number; nextInMs: number }>;
  /** Novita asked for a pause: until its end no reads and creates are admitted. Releases still are. */
  hold(seconds: number): Promise<void>;
}

/** How long an admission may take, and how long it is valid. */
export const ADMISSION_MS = 2_000;

/** Reserved for releases, so that a machine can be deleted at any time. */
const RELEASE_SHARE = 0.2;
/** The most that creates get, so that a burst of them leaves requests to see what they made. */
const CREATE_SHARE = 0.5;

export const USED_UP = 'the request budget is used up';
export const HELD = 'Novita asked for a pause';

/** How many requests of each kind a minute may have: at least 1. */
export function sharesOf(requestsPerMinute: number): Record<RequestKind, number> {
  const release = Math.max(1, Math.floor(requestsPerMinute));
  const reserve = release === 1 ? 0 : Math.max(1, Math.floor(release * RELEASE_SHARE));
  return { release, read: release - reserve, create: Math.max(1, Math.floor(release * CREATE_SHARE)) };
}
