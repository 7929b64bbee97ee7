/**
 * What follows from an attempt to deliver. Only a status from 200 to 299 is a success: a redirect is not followed, since its target was
 * never judged or signed for.
 */
import { addSeconds, latest } from '../../time/clock.js';
import type { Random } from '../../time/ids.js';
import { secondsToNextAttempt } from './delivery-schedule.js';

/** How an attempt ended. */
export type AttemptOutcome =
  | { kind: 'answered'; status: number; retryAfter: string | null }
  /** Network, TLS, a refused address, or no answer in time. */
  | { kind: 'unanswered'; error: string };

export type Verdict =
  | { kind: 'delivered' }
  | { kind: 'retry'; at: Date; slowUntil: Date | null }
  | { kind: 'exhausted'; slowUntil: Date | null }
  /** The receiver wants nothing any more. */
  | { kind: 'gone' };

const GONE = 410;
/** The receiver, or what stands before it, has too much to do. */
const OVERLOADED: readonly number[] = [429, 502, 504];

const PAUSE_SECONDS = 30;
/** A receiver may ask for a longer pause, but not for one that outlasts the schedule. */
const LONGEST_PAUSE_SECONDS = 3_600;

export const isSuccess = (status: number): boolean => status >= 200 && status <= 299;

/**
 * @param attempts how many attempts were made, this one included
 * @param now when the attempt ended
 */
export const afterAttempt = (attempts: number, outcome: AttemptOutcome, now: Date, random: Random): Verdict => {
  if (outcome.kind === 'answered' && isSuccess(outcome.status)) return { kind: 'delivered' };
  if (outcome.kind === 'answered' && outcome.status === GONE) return { kind: 'gone' };
  const pause = outcome.kind === 'answered' ? pauseSeconds(outcome.status, outcome.retryAfter, now) : null;
  const slowUntil = pause === null ? null : addSeconds(now, pause);
  const wait = secondsToNextAttempt(attempts, random);
  if (wait === null) return { kind: 'exhausted', slowUntil };
  return { kind: 'retry', at: latest([addSeconds(now, wait), ...(slowUntil ? [slowUntil] : [])]), slowUntil };
};

/** For how long nothing at all is sent to the endpoint, in seconds; null: no pause. */
const pauseSeconds = (status: number, retryAfter: string | null, now: Date): number | null => {
  const asked = secondsAskedFor(retryAfter, now);
  if (asked === null && !OVERLOADED.includes(status)) return null;
  return Math.min(Math.max(asked ?? PAUSE_SECONDS, 1), LONGEST_PAUSE_SECONDS);
};

/** `Retry-After` is a number of seconds or an HTTP date. Anything else counts as not given. */
const secondsAskedFor = (retryAfter: string | null, now: Date): number | null => {
  if (retryAfter === null) return null;
  if (/^\d{1,9}$/.test(retryAfter)) return Number(retryAfter);
  const at = /^[A-Z][a-z]{2}, \d\d /.test(retryAfter) ? Date.parse(retryAfter) : NaN;
  return Number.isNaN(at) ? null : Math.ceil((at - now.getTime()) / 1000);
};
