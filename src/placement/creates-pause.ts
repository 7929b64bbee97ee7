import type { Guard } from '../machines/domain/fleet-guard.js';
import { backOffAfter } from '../time/back-off.js';
import { addSeconds } from '../time/clock.js';
import type { RejectionVerdict } from './rejection-policy.js';

const PAUSE_MAX_SECONDS = 120;
/** The pause grows no longer after so many refusals. */
const MOST_TRIES = 6;

/**
 * The pause of all creates after Novita has judged one. Each pause that follows another is twice as long, so that hours of it cost few
 * creates. @param verdict of a refusal; null: the create was accepted. Null is answered when nothing changes.
 */
export const pausedByAnswer = (guard: Guard, verdict: RejectionVerdict | null, now: Date): Guard | null => {
  if (verdict?.kind !== 'wait') return guard.createsPaused && { ...guard, createsPaused: null };
  const { waitingFor, detail, seconds } = verdict;
  const tries = (guard.createsPaused?.tries ?? 0) + 1;
  const until = addSeconds(now, backOffAfter(Math.min(tries, MOST_TRIES), { first: seconds, most: PAUSE_MAX_SECONDS }));
  return { ...guard, createsPaused: { until, waitingFor, detail, tries } };
};
