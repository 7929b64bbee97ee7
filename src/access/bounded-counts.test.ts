import { describe, expect, it } from 'vitest';
import { BoundedCounts } from './bounded-counts.js';

describe('bounded counts', () => {
  it('counts each key in a window of its own, which begins with it and does not move', () => {
    let now = 1;
    const counts = new BoundedCounts(1_000, 10, { now: () => now });
    expect(counts.count('a')).toEqual({ times: 1, msLeft: 1_000 });
    now += 400;
    expect(counts.count('a')).toEqual({ times: 2, msLeft: 600 });
    expect(counts.count('b')).toEqual({ times: 1, msLeft: 1_000 });
    now += 601;
    expect(counts.count('a')).toEqual({ times: 1, msLeft: 1_000 });
    expect(counts.count('b')).toEqual({ times: 2, msLeft: 399 });
  });

  it('forgets those that were not seen for longest when there are too many', () => {
    const counts = new BoundedCounts(1_000, 3);
    for (const key of ['a', 'b', 'c', 'a', 'd']) counts.count(key);
    expect(counts.count('a').times).toBe(3);
    expect(counts.count('c').times).toBe(2);
    expect(counts.count('b').times).toBe(1);
  });
});
