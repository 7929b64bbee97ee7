import { describe, expect, it } from 'vitest';
import { SCHEDULE_SECONDS, secondsToNextAttempt } from './delivery-schedule.js';

const earliest = (): number => 0;
const latest = (): number => 1;

describe('the schedule of attempts', () => {
  it.each([
    [0, 0],
    [1, 5],
    [2, 300],
    [3, 1_800],
    [4, 7_200],
    [5, 18_000],
    [6, 36_000],
    [7, 50_400],
    [8, 72_000],
    [9, 86_400],
    [10, null],
    [11, null],
  ])('after %i attempts waits for %j seconds at least, and a tenth longer at most', (attempts, seconds) => {
    expect(secondsToNextAttempt(attempts, earliest)).toBe(seconds);
    expect(secondsToNextAttempt(attempts, latest)).toBe(seconds === null ? null : seconds * 1.1);
  });

  it('outlasts a receiver that is away for three days', () => {
    expect(SCHEDULE_SECONDS.reduce((sum, wait) => sum + wait)).toBeGreaterThan(72 * 3_600);
  });
});
