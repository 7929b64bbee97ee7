import { describe, expect, it } from 'vitest';
import { troubleOf } from './trouble.js';

const START = new Date('2026-01-01T10:00:00Z');
const later = (seconds: number): Date => new Date(START.getTime() + seconds * 1000);
const MINUTELY = { longestPeriodMs: 60_000 };

describe('the trouble of a task that is to run once a minute', () => {
  it.each([
    ['never began, five minutes after the start', null, 0, 300, null],
    ['never began, longer after the start', null, 0, 301, 'overdue'],
    ['began five minutes ago', 100, 0, 400, null],
    ['began longer ago', 100, 0, 401, 'overdue'],
    ['failed twice in a row', 100, 2, 101, null],
    ['failed three times in a row', 100, 3, 101, 'failing'],
    ['failed and began too long ago', 100, 3, 401, 'overdue'],
  ] as const)('and that %s', (_, beganAt, failuresInRow, now, trouble) => {
    const run = beganAt === null ? null : { beganAt: later(beganAt), failuresInRow };
    expect(troubleOf(MINUTELY, run, START, later(now))).toBe(trouble);
  });

  it('and of which there is no more than a request to run it', () => {
    expect(troubleOf(MINUTELY, { beganAt: null, failuresInRow: 0 }, START, later(301))).toBe('overdue');
  });
});
