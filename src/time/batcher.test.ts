import { describe, expect, it } from 'vitest';
import { Batcher } from './batcher.js';

describe('a batcher', () => {
  it('takes into the next batch what comes while one is under way, and loses nothing', async () => {
    const batches: number[][] = [];
    const ends: (() => void)[] = [];
    const batcher = new Batcher<number>((all) => {
      batches.push(all);
      return new Promise((resolve) => ends.push(resolve));
    });
    const first = [batcher.add(1), batcher.add(2)];
    await Promise.resolve();
    const second = [batcher.add(3), batcher.add(4)];
    expect(batches).toEqual([[1, 2]]);
    ends.shift()?.();
    await Promise.all(first);
    await new Promise(setImmediate);
    expect(batches).toEqual([
      [1, 2],
      [3, 4],
    ]);
    ends.shift()?.();
    await Promise.all(second);
    const third = batcher.add(5);
    await new Promise(setImmediate);
    ends.shift()?.();
    await third;
    expect(batches.at(-1)).toEqual([5]);
  });

  it('tells a failure to those in its batch only', async () => {
    let turn = 0;
    const batcher = new Batcher<number>(() => {
      turn += 1;
      return turn === 1 ? Promise.reject(new Error('away')) : Promise.resolve();
    });
    const first = batcher.add(1);
    await Promise.resolve();
    const second = batcher.add(2);
    await expect(first).rejects.toThrow('away');
    await expect(second).resolves.toBeUndefined();
  });

  it('tells each caller the result of its batch', async () => {
    const batcher = new Batcher((all: string[]) => Promise.resolve(new Map(all.map((one) => [one, one.length]))));
    const [one, three] = await Promise.all([batcher.add('a'), batcher.add('abc')]);
    expect(one).toBe(three);
    expect([one.get('a'), three.get('abc')]).toEqual([1, 3]);
  });

  it('may let the next batch overtake a slow one', async () => {
    const batches: number[][] = [];
    const batcher = new Batcher<number>(
      (all) => {
        batches.push(all);
        return all.includes(1) ? new Promise(() => undefined) : Promise.resolve();
      },
      { overtakenAfterMs: 20 },
    );
    void batcher.add(1);
    await new Promise(setImmediate);
    await Promise.all([batcher.add(2), batcher.add(3)]);
    expect(batches).toEqual([[1], [2, 3]]);
  });

  it('may wait for more to come', async () => {
    const batches: number[][] = [];
    const batcher = new Batcher((all: number[]) => Promise.resolve(void batches.push(all)), { gatherMs: 50 });
    const early = batcher.add(1);
    await new Promise(setImmediate);
    await Promise.all([early, batcher.add(2)]);
    expect(batches).toEqual([[1, 2]]);
  });
});
