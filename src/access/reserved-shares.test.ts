import { describe, expect, it } from 'vitest';
import { ReservedShares } from './reserved-shares.js';

const WINDOW_MS = 60_000;

/** The counter of all replicas, which the test can stop. */
class Counter {
  readonly consumed = new Map<string, number>();
  asked = 0;
  gate: Promise<void> | null = null;

  readonly count = async (client: string, points: number) => {
    this.asked += 1;
    await this.gate;
    const consumed = (this.consumed.get(client) ?? 0) + points;
    this.consumed.set(client, consumed);
    return { consumed, msLeft: WINDOW_MS };
  };
}

const replicasOf = (limit: number, count = 1) => {
  const counter = new Counter();
  const clock = { nowMs: 1, now: () => clock.nowMs };
  const replicas = Array.from({ length: count }, () => new ReservedShares(limit, counter.count, 10, clock));
  return { counter, clock, replicas, replica: replicas[0] as ReservedShares };
};

describe('the shares of a limit', () => {
  it('give each request its place, and ask the counter once for each share', async () => {
    const { replica, counter } = replicasOf(300);
    for (let times = 1; times <= 7; times++) {
      expect(await replica.next('one')).toEqual({ times, msLeft: WINDOW_MS });
    }
    expect(counter.asked).toBe(3);
    await replica.next('other');
    expect(counter.asked).toBe(4);
  });

  it.each([3, 100, 250, 1_234])('give %i requests of a client their turn, and no more', async (limit) => {
    const { replica } = replicasOf(limit);
    const places = [];
    for (let request = 0; request < limit + 20; request++) places.push((await replica.next('one')).times);
    expect(places).toEqual([
      ...Array.from({ length: limit }, (_, at) => at + 1),
      ...Array.from({ length: 20 }, () => limit + 1),
    ]);
  });

  it.each([3, 100, 250, 1_234])(
    'of %i are never more than the limit over three replicas, and at most 2 %% less',
    async (limit) => {
      const { replicas } = replicasOf(limit, 3);
      let served = 0;
      // the worst case: two replicas get one request each for a share, and the third all others
      for (const replica of replicas.slice(1)) if ((await replica.next('one')).times <= limit) served += 1;
      for (let request = 0; request < limit; request++) {
        if (((await replicas[0]?.next('one'))?.times ?? 0) <= limit) served += 1;
      }
      expect(served).toBeLessThanOrEqual(limit);
      expect(served).toBeGreaterThanOrEqual(Math.floor(limit * 0.98));
    },
  );

  it('refuse from memory until the window ends, and then ask again', async () => {
    const { replica, counter, clock } = replicasOf(2);
    for (const times of [1, 2, 3, 3, 3]) expect((await replica.next('one')).times).toBe(times);
    expect(counter.asked).toBe(3);
    clock.nowMs += WINDOW_MS - 1;
    expect(await replica.next('one')).toEqual({ times: 3, msLeft: 1 });
    clock.nowMs += 2;
    counter.consumed.clear();
    expect((await replica.next('one')).times).toBe(1);
  });

  it('are reserved once for all requests that wait, and again for those that it does not suffice for', async () => {
    const { replica, counter } = replicasOf(300);
    let open = (): void => undefined;
    counter.gate = new Promise((resolve) => (open = resolve));
    const places = Promise.all(Array.from({ length: 7 }, () => replica.next('one')));
    expect(counter.asked).toBe(1);
    open();
    expect((await places).map(({ times }) => times)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(counter.asked).toBe(3);
  });

  it('reject while the counter does, and go on after it', async () => {
    const { replica, counter } = replicasOf(300);
    counter.gate = Promise.reject(new Error('away'));
    await expect(replica.next('one')).rejects.toThrow('away');
    counter.gate = null;
    expect((await replica.next('one')).times).toBe(1);
  });
});
