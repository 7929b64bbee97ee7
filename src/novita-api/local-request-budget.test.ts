import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RequestKind } from './novita-client.js';
import { LocalRequestBudget } from './local-request-budget.js';

const WINDOW_MS = 60_000;

class MovableClock {
  ms = 0.25;
  now = (): Date => new Date(this.ms);
  monotonicMs = (): number => this.ms;
}

async function takeMany(budget: LocalRequestBudget, kind: RequestKind, tries: number): Promise<number> {
  const admissions = await Promise.all(Array.from({ length: tries }, () => budget.take(kind)));
  return admissions.filter(({ admitted }) => admitted).length;
}

const kinds = fc.constantFrom<RequestKind>('read', 'create', 'release');
const steps = fc.array(
  fc.record({
    waitMs: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 5_000, noNaN: true }), fc.constant(WINDOW_MS)),
    kind: kinds,
  }),
  { maxLength: 400 },
);

describe('LocalRequestBudget', () => {
  it('never admits more than the limit in any window of 60 s, nor more than four fifths of it to others than releases', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 40 }), steps, async (limit, plan) => {
        const clock = new MovableClock();
        const budget = new LocalRequestBudget(clock, limit);
        const admitted: { at: number; kind: RequestKind }[] = [];
        for (const { waitMs, kind } of plan) {
          clock.ms += waitMs;
          if ((await budget.take(kind)).admitted) admitted.push({ at: clock.ms, kind });
        }
        const othersLimit = limit === 1 ? 1 : limit - Math.max(1, Math.floor(limit / 5));
        for (const { at: end } of admitted) {
          const window = admitted.filter(({ at }) => at <= end && end - at <= WINDOW_MS);
          expect(window.length).toBeLessThanOrEqual(limit);
          expect(window.filter(({ kind }) => kind !== 'release').length).toBeLessThanOrEqual(othersLimit);
        }
      }),
    );
  });

  it('says beforehand what it will admit, and when', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 40 }), steps, kinds, async (limit, plan, asked) => {
        const clock = new MovableClock();
        const budget = new LocalRequestBudget(clock, limit);
        for (const { waitMs, kind } of plan) {
          clock.ms += waitMs;
          await budget.take(kind);
        }
        const { available, nextInMs } = await budget.peek(asked);
        expect(nextInMs === 0).toBe(available > 0);
        clock.ms += nextInMs;
        expect(await takeMany(budget, asked, available)).toBe(available);
        expect((await budget.take(asked)).admitted).toBe(available === 0);
      }),
    );
  });

  it('admits a fifth for releases when reads and creates are refused', async () => {
    const budget = new LocalRequestBudget(new MovableClock(), 100);
    expect(await takeMany(budget, 'read', 60)).toBe(60);
    expect(await takeMany(budget, 'create', 60)).toBe(20);
    expect(await takeMany(budget, 'release', 60)).toBe(20);
  });

  it('lets creates use no more than half, so that what they made can be seen', async () => {
    const budget = new LocalRequestBudget(new MovableClock(), 100);
    expect(await takeMany(budget, 'create', 100)).toBe(50);
    expect(await takeMany(budget, 'read', 100)).toBe(30);
  });

  it('lets releases use everything when nobody else wants it', async () => {
    expect(await takeMany(new LocalRequestBudget(new MovableClock(), 100), 'release', 200)).toBe(100);
  });

  it('keeps something for releases however small the limit is, and never stands still', async () => {
    for (const limit of [2, 3, 4]) {
      const budget = new LocalRequestBudget(new MovableClock(), limit);
      expect(await takeMany(budget, 'read', 10)).toBe(limit - 1);
      expect(await takeMany(budget, 'release', 10)).toBe(1);
    }
    expect(await takeMany(new LocalRequestBudget(new MovableClock(), 1), 'release', 10)).toBe(1);
  });

  it('gives a token back a minute after it was spent', async () => {
    const clock = new MovableClock();
    const budget = new LocalRequestBudget(clock, 10);
    await takeMany(budget, 'read', 8);
    expect(await budget.peek('read')).toEqual({ available: 0, nextInMs: 60_001 });
    clock.ms += 60_000;
    expect((await budget.take('read')).admitted).toBe(false);
    clock.ms += 1;
    expect(await budget.peek('read')).toEqual({ available: 8, nextInMs: 0 });
  });

  it('admits only releases while Novita asked for a pause, and the longest pause counts', async () => {
    const clock = new MovableClock();
    const budget = new LocalRequestBudget(clock, 10);
    await budget.hold(30);
    await budget.hold(5);
    expect(await budget.take('read')).toEqual({ admitted: false, nextInMs: 30_000, why: 'Novita asked for a pause' });
    expect((await budget.take('create')).admitted).toBe(false);
    expect((await budget.take('release')).admitted).toBe(true);
    clock.ms += 30_000;
    expect(await budget.peek('read')).toEqual({ available: 8, nextInMs: 0 });
  });
});
