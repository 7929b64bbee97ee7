import { describe, expect, it } from 'vitest';
import { TooSlowError } from '../time/within.js';
import { SharedRead } from './shared-read.js';
import { currentWaitLimit, underWaitLimit, WaitLimit } from './wait-limit.js';

describe('a shared read', () => {
  it('runs once at a time, however long it takes, and is fresh from its beginning', async () => {
    let nowMs = 0;
    const ends: ((found: number) => void)[] = [];
    const shared = new SharedRead(
      () => new Promise<number>((resolve) => ends.push(resolve)),
      1_000,
      () => nowMs,
    );
    const first = shared.recent();
    nowMs = 60_000;
    expect(shared.recent()).toBe(first);
    expect(ends).toHaveLength(1);
    ends[0]?.(1);
    await first;
    const second = shared.recent();
    expect(ends).toHaveLength(2);
    ends[1]?.(2);
    expect(await second).toBe(2);
    nowMs += 999;
    expect(await shared.recent()).toBe(2);
    nowMs += 1;
    void shared.recent();
    expect(ends).toHaveLength(3);
  });

  it('reports an error while it is fresh, and reads again afterwards', async () => {
    let nowMs = 0;
    let looks = 0;
    const shared = new SharedRead(
      () => (++looks === 1 ? Promise.reject(new Error('away')) : Promise.resolve(looks)),
      5,
      () => nowMs,
    );
    await expect(shared.recent()).rejects.toThrow('away');
    await expect(shared.within(60_000)).rejects.toThrow('away');
    nowMs = 5;
    expect(await shared.within(60_000)).toBe(2);
  });

  it('lets callers stop waiting, and does not have the wait limit of the first', async () => {
    let end!: (limit: unknown) => void;
    const shared = new SharedRead(
      () => {
        const limit = currentWaitLimit();
        return new Promise(
          (resolve) =>
            (end = () => {
              resolve(limit);
            }),
        );
      },
      0,
      () => 0,
    );
    const patient = underWaitLimit(new WaitLimit(1), () => shared.recent());
    await expect(shared.within(1)).rejects.toBeInstanceOf(TooSlowError);
    end(null);
    expect(await patient).toBeNull();
  });
});
