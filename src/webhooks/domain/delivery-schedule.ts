import { jittered } from '../../time/back-off.js';
import type { Random } from '../../time/ids.js';

const MINUTE = 60;
const HOUR = 3_600;

/** Seconds before each attempt, counted from the end of the attempt before. Published in docs/webhooks.md: receivers rely on it. */
export const SCHEDULE_SECONDS: readonly number[] = [
  0,
  5,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
];

/** Waits become at most a tenth longer, so that deliveries which failed together do not come together again. Never shorter. */
const JITTER = { from: 1, to: 1.1 };

/**
 * Seconds until the next attempt; null when all attempts are used up.
 * @param attempts how many attempts were made
 */
export const secondsToNextAttempt = (attempts: number, random: Random): number | null => {
  const wait = SCHEDULE_SECONDS[attempts];
  return wait === undefined ? null : jittered(wait, JITTER, random);
};
