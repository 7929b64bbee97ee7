import type { Random } from './ids.js';

/** How long to wait before the next try, in any one unit: `first` after the first failure, and never more than `most`. */
export interface BackOff {
  first: number;
  /** A `first` that is longer, because the other side asked for it, is waited for each time. */
  most: number;
}

/** Beyond these the wait has reached any `most`; without a bound it would end in infinity, and in NaN for a `first` of 0. */
const MOST_DOUBLINGS = 40;

/**
 * The wait doubles with each failure.
 * @param failures how many tries failed in a row; less than 1 counts as 1
 */
export const backOffAfter = (failures: number, { first, most }: BackOff): number =>
  Math.min(first * 2 ** Math.min(Math.max(failures - 1, 0), MOST_DOUBLINGS), Math.max(first, most));

/**
 * Spreads waits by chance, so that what failed together does not try again together.
 * @param share between which multiples of the wait the answer lies: 0 and 1 is "full jitter", 1 and 1.5 never shortens it
 */
export const jittered = (wait: number, share: { from: number; to: number }, random: Random): number =>
  wait * (share.from + (share.to - share.from) * random());
