import { describe, expect, it } from 'vitest';
import { TooSlowError } from '../time/within.js';
import { SharedLook } from './shared-look.js';
import { currentWaitLimit, underWaitLimit, WaitLimit } from './wait-limit.js';

describe('a look that is shared', () => {
  it('is under way once at a time, however old it gets, and is fresh from when it began', async () => {
    let nowMs = 0;
    const ends: ((found: number) => void)[] = [];
    const shared = new SharedLook(
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

  it('that failed is told while it is fresh, and made again', async () => {
    let nowMs = 0;
    let looks = 0;
    const shared = new SharedLook(
      () => (++looks === 1 ? Promise.reject(new Error('away')) : Promise.resolve(looks)),
      5,
      () => nowMs,
    );
    await expect(shared.recent()).rejects.toThrow('away');
    await expect(shared.within(60_000)).rejects.toThrow('away');
    nowMs = 5;
    expect(await shared.within(60_000)).toBe(2);
  });

  it('lets those go who wait no longer, and is not bound by the limit of whoever was first', async () => {
    let end!: (limit: unknown) => void;
    const shared = new SharedLook(
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
