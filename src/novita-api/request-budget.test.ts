import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RequestKind } from './novita-client.js';
import { RequestBudget } from './request-budget.js';

const WINDOW_MS = 60_000;

class MovableClock {
  ms = 0.25;
  now = (): Date => new Date(this.ms);
  monotonicMs = (): number => this.ms;
}

function takeMany(budget: RequestBudget, kind: RequestKind, tries: number): number {
  return Array.from({ length: tries }, () => budget.take(kind)).filter(Boolean).length;
}

const kinds = fc.constantFrom<RequestKind>('read', 'create', 'release');
const steps = fc.array(
  fc.record({
    waitMs: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 5_000, noNaN: true }), fc.constant(WINDOW_MS)),
    kind: kinds,
  }),
  { maxLength: 400 },
);

describe('RequestBudget', () => {
  it('never admits more than the limit in any window of 60 s, nor more than four fifths of it to others than releases', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), steps, (limit, plan) => {
        const clock = new MovableClock();
        const budget = new RequestBudget(clock, limit);
        const admitted: { at: number; kind: RequestKind }[] = [];
        for (const { waitMs, kind } of plan) {
          clock.ms += waitMs;
          if (budget.take(kind)) admitted.push({ at: clock.ms, kind });
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

  it('says beforehand what it will admit, and when', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), steps, kinds, (limit, plan, asked) => {
        const clock = new MovableClock();
        const budget = new RequestBudget(clock, limit);
        for (const { waitMs, kind } of plan) {
          clock.ms += waitMs;
          budget.take(kind);
        }
        const { available, nextInMs } = budget.look(asked);
        expect(nextInMs === 0).toBe(available > 0);
        clock.ms += nextInMs;
        expect(takeMany(budget, asked, available)).toBe(available);
        expect(budget.take(asked)).toBe(available === 0);
      }),
    );
  });

  it('admits a fifth for releases when reads and creates are refused', () => {
    const budget = new RequestBudget(new MovableClock(), 100);
    expect(takeMany(budget, 'read', 60)).toBe(60);
    expect(takeMany(budget, 'create', 60)).toBe(20);
    expect(takeMany(budget, 'release', 60)).toBe(20);
  });

  it('lets creates use no more than half, so that what they made can be seen', () => {
    const budget = new RequestBudget(new MovableClock(), 100);
    expect(takeMany(budget, 'create', 100)).toBe(50);
    expect(takeMany(budget, 'read', 100)).toBe(30);
  });

  it('lets releases use everything when nobody else wants it', () => {
    expect(takeMany(new RequestBudget(new MovableClock(), 100), 'release', 200)).toBe(100);
  });

  it('keeps something for releases however small the limit is, and never stands still', () => {
    for (const limit of [2, 3, 4]) {
      const budget = new RequestBudget(new MovableClock(), limit);
      expect(takeMany(budget, 'read', 10)).toBe(limit - 1);
      expect(takeMany(budget, 'release', 10)).toBe(1);
    }
    expect(takeMany(new RequestBudget(new MovableClock(), 1), 'release', 10)).toBe(1);
  });

  it('gives a token back a minute after it was spent', () => {
    const clock = new MovableClock();
    const budget = new RequestBudget(clock, 10);
    takeMany(budget, 'read', 8);
    expect(budget.look('read')).toEqual({ available: 0, nextInMs: 60_001 });
    clock.ms += 60_000;
    expect(budget.take('read')).toBe(false);
    clock.ms += 1;
    expect(budget.look('read')).toEqual({ available: 8, nextInMs: 0 });
  });
});
