import { describe, expect, it } from 'vitest';
import { addSeconds } from '../../time/clock.js';
import { afterAttempt, type AttemptOutcome, type Verdict } from './after-attempt.js';

const NOON = new Date(Date.UTC(2026, 0, 5, 12));
const noJitter = (): number => 0;
const answered = (status: number, retryAfter: string | null = null): AttemptOutcome => ({
  kind: 'answered',
  status,
  retryAfter,
});
const after = (attempts: number, outcome: AttemptOutcome): Verdict => afterAttempt(attempts, outcome, NOON, noJitter);
const retry = (seconds: number, slowSeconds: number | null = null): Verdict => ({
  kind: 'retry',
  at: addSeconds(NOON, seconds),
  slowUntil: slowSeconds === null ? null : addSeconds(NOON, slowSeconds),
});

describe('after an attempt', () => {
  it.each([200, 201, 202, 204, 299])('that was answered with %i, the event is delivered', (status) => {
    expect(after(1, answered(status))).toEqual({ kind: 'delivered' });
    expect(after(10, answered(status, '60'))).toEqual({ kind: 'delivered' });
  });

  it.each([101, 199, 300, 301, 302, 307, 400, 401, 404, 500, 503])(
    'that was answered with %i, it is tried again',
    (status) => {
      expect(after(1, answered(status))).toEqual(retry(5));
    },
  );

  it('without an answer, it is tried again', () => {
    expect(after(2, { kind: 'unanswered', error: 'no answer within 15 s' })).toEqual(retry(300));
  });

  it.each([429, 502, 504])('that was answered with %i, nothing is sent to the endpoint for a while', (status) => {
    expect(after(1, answered(status))).toEqual(retry(30, 30));
    expect(after(3, answered(status))).toEqual(retry(1_800, 30));
  });

  it.each([
    ['7', 7],
    ['0', 1],
    ['3600', 3_600],
    ['3601', 3_600],
    ['999999999', 3_600],
    ['Mon, 05 Jan 2026 12:01:00 GMT', 60],
    ['Mon, 05 Jan 2026 11:00:00 GMT', 1],
    ['Tue, 06 Jan 2026 12:00:00 GMT', 3_600],
  ])('Retry-After %j makes a pause of %i seconds', (retryAfter, seconds) => {
    expect(after(1, answered(503, retryAfter))).toEqual(retry(Math.max(5, seconds), seconds));
  });

  it.each(['', '-5', '1.5', 'soon', '1e3', '9'.repeat(30), '2026-01-05'])(
    'Retry-After %j counts as not given',
    (retryAfter) => {
      expect(after(1, answered(503, retryAfter))).toEqual(retry(5));
    },
  );

  it('the last one, attempts are used up', () => {
    expect(after(10, answered(500))).toEqual({ kind: 'exhausted', slowUntil: null });
    expect(after(9, answered(500))).toMatchObject({ kind: 'retry' });
  });

  it('that was answered with 410, the receiver wants nothing any more', () => {
    expect(after(1, answered(410, '60'))).toEqual({ kind: 'gone' });
  });
});
