import { describe, expect, it } from 'vitest';
import { addSeconds } from '../../time/clock.js';
import { healthAfter, type AttemptResult } from './attempt-result.js';

const NOON = new Date(Date.UTC(2026, 0, 5, 12));
const result = (change: Partial<AttemptResult>): AttemptResult => ({
  last: { at: NOON, durationMs: 5, status: 500, answer: '', isAnswerCut: false, error: null },
  state: 'waiting',
  nextAttemptAt: addSeconds(NOON, 5),
  attempts: 1,
  failure: 'HTTP 500',
  slowUntil: null,
  isGone: false,
  ...change,
});
const later = addSeconds(NOON, 600);

describe('after an attempt, the endpoint', () => {
  it('has one failure more', () => {
    expect(healthAfter({ failuresInRow: 2, slowUntil: null }, result({}))).toEqual({
      lastFailureAt: NOON,
      lastFailure: 'HTTP 500',
      failuresInRow: 3,
      slowUntil: null,
    });
  });

  it('has none after a success', () => {
    expect(healthAfter({ failuresInRow: 2, slowUntil: null }, result({ failure: null }))).toMatchObject({
      lastSuccessAt: NOON,
      failuresInRow: 0,
    });
  });

  it('is disabled when its receiver wants nothing any more', () => {
    expect(healthAfter({ failuresInRow: 0, slowUntil: null }, result({ isGone: true }))).toMatchObject({
      setting: 'disabled',
      disabledReason: 'gone',
    });
  });

  it.each<[string, Date | null, Date | null, Date | null]>([
    ['begins', null, later, later],
    ['becomes longer', addSeconds(NOON, 30), later, later],
    ['is not shortened by another answer', later, addSeconds(NOON, 30), later],
    ['is not ended by an attempt that began before it', later, null, later],
    ['that is over is forgotten', NOON, null, null],
  ])('a pause %s', (_, before, asked, expected) => {
    expect(healthAfter({ failuresInRow: 1, slowUntil: before }, result({ slowUntil: asked })).slowUntil).toEqual(
      expected,
    );
  });
});
