import { expect, it } from 'vitest';
import { isDecisionOld, isTooLateToSend } from './fences.js';

it('what was written down is sent within five seconds or not at all', () => {
  expect(isTooLateToSend(105_000, 100_000)).toBe(false);
  expect(isTooLateToSend(105_001, 100_000)).toBe(true);
});

it('what was decided a minute ago is decided anew', () => {
  expect(isDecisionOld(160_000, 100_000)).toBe(false);
  expect(isDecisionOld(160_001, 100_000)).toBe(true);
});
