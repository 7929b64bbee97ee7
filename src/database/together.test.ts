import { describe, expect, it, vi } from 'vitest';
import { Together } from './together.js';
import { currentWaitLimit, DatabaseSilentError, underWaitLimit, WaitLimit } from './wait-limit.js';

describe('what is done together', () => {
  it('takes into the next round what comes while one is under way, and loses nothing', async () => {
    const rounds: number[][] = [];
    const ends: (() => void)[] = [];
    const together = new Together<number>((all) => {
      rounds.push(all);
      return new Promise((resolve) => ends.push(resolve));
    });
    const first = [together.add(1), together.add(2)];
    await Promise.resolve();
    const second = [together.add(3), together.add(4)];
    expect(rounds).toEqual([[1, 2]]);
    ends.shift()?.();
    await Promise.all(first);
    await new Promise(setImmediate);
    expect(rounds).toEqual([
      [1, 2],
      [3, 4],
    ]);
    ends.shift()?.();
    await Promise.all(second);
    const third = together.add(5);
    await new Promise(setImmediate);
    ends.shift()?.();
    await third;
    expect(rounds.at(-1)).toEqual([5]);
  });

  it('tells a failure to those of its round only', async () => {
    let turn = 0;
    const together = new Together<number>(() => {
      turn += 1;
      return turn === 1 ? Promise.reject(new Error('away')) : Promise.resolve();
    });
    const first = together.add(1);
    await Promise.resolve();
    const second = together.add(2);
    await expect(first).rejects.toThrow('away');
    await expect(second).resolves.toBeUndefined();
  });

  it('tells each what its round answered', async () => {
    const together = new Together((all: string[]) => Promise.resolve(new Map(all.map((one) => [one, one.length]))));
    const [one, three] = await Promise.all([together.add('a'), together.add('abc')]);
    expect(one).toBe(three);
    expect([one.get('a'), three.get('abc')]).toEqual([1, 3]);
  });

  it('goes on for the others when one of them waits no longer, be it the first', async () => {
    let end!: () => void;
    const together = new Together<number, WaitLimit | null>(() => {
      const limit = currentWaitLimit();
      return new Promise((resolve) => {
        end = () => {
          resolve(limit);
        };
      });
    });
    const impatient = underWaitLimit(new WaitLimit(1), () => together.add(1));
    const patient = together.add(2);
    await expect(impatient).rejects.toBeInstanceOf(DatabaseSilentError);
    end();
    // nor is the round under the limit of the first
    expect(await patient).toBeNull();
  });

  it('begins the patience of an answer anew with each round that was answered', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'performance'] });
    try {
      let answer!: () => void;
      const together = new Together<number>(() => new Promise((resolve) => (answer = resolve)));
      await underWaitLimit(new WaitLimit(100), async () => {
        for (const one of [1, 2]) {
          const round = together.add(one);
          await vi.advanceTimersByTimeAsync(60);
          answer();
          await round;
        }
      });
    } finally {
      vi.useRealTimers();
    }
  });

  it('may wait for more to come', async () => {
    const rounds: number[][] = [];
    const together = new Together((all: number[]) => Promise.resolve(void rounds.push(all)), 50);
    const early = together.add(1);
    await new Promise(setImmediate);
    await Promise.all([early, together.add(2)]);
    expect(rounds).toEqual([[1, 2]]);
  });
});
