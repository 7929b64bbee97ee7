import { describe, expect, it } from 'vitest';
import { averageMs, percent, perMinute, Trend } from './trend.js';

const MINUTE = 60_000;

const trendAt = (beganMs: number) => {
  const time = { now: beganMs };
  return { time, trend: new Trend(() => time.now) };
};

describe('a trend', () => {
  it('counts what is in the window and nothing older', () => {
    const { time, trend } = trendAt(0);
    for (let minute = 0; minute < 20; minute++) {
      time.now = minute * MINUTE;
      trend.add(10, minute % 2 === 0);
    }
    time.now = 19 * MINUTE + 1;
    expect(trend.over(1)).toMatchObject({ count: 1, failed: 0, totalMs: 10 });
    expect(trend.over(5)).toMatchObject({ count: 5, failed: 2, totalMs: 50 });
    expect(trend.over(15)).toMatchObject({ count: 15, failed: 7 });
  });

  it('shows the true rate of a steady stream, from the first second on and at any moment of a slot', () => {
    const { time, trend } = trendAt(123_456);
    for (let second = 1; second <= 1_000; second++) {
      time.now += 1_000;
      trend.add(1, false);
      for (const minutes of [1, 5, 15]) expect(Math.abs(perMinute(trend.over(minutes)) - 60)).toBeLessThanOrEqual(1.2);
    }
  });

  it('of a stream that ended, nothing is left after the window', () => {
    const { time, trend } = trendAt(7);
    for (let index = 0; index < 100; index++) trend.add(5, true);
    time.now += 16 * MINUTE;
    expect(trend.over(15)).toMatchObject({ count: 0, failed: 0, totalMs: 0, seconds: 895.007 });
  });

  it('does not grow', () => {
    const { time, trend } = trendAt(0);
    for (let index = 0; index < 100_000; index++) {
      time.now += 977;
      trend.add(1, false);
    }
    expect(Object.keys((trend as unknown as { slots: object }).slots).length).toBeLessThanOrEqual(180);
  });
});

it('averages and shares of nothing are 0 and not NaN', () => {
  expect(averageMs({ count: 0, totalMs: 0 })).toBe(0);
  expect(percent(0, 0)).toBe(0);
  expect(averageMs({ count: 3, totalMs: 10 })).toBe(3.3);
  expect(percent(1, 3)).toBe(33.3);
});
