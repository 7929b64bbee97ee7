import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { at, T0 } from '../../../test/support/snapshot-builder.js';
import { chanceOf, decayed, HALF_LIFE_SECONDS, isRemembered, learn, learnPull, type Lesson } from './offer-memory.js';

const offer = { productId: 'p', regionId: 'r', billingMode: 'spot' as const };
const accepted: Lesson & { kind: 'accepted' } = { kind: 'accepted', offer };
const outOfStock = (until: Date) => ({ kind: 'out-of-stock', offer, until }) as const;
const ready = (seconds: number) => ({ kind: 'ready', offer, seconds }) as const;

describe('the memory of an offer', () => {
  it('counts what was accepted and what was refused', () => {
    const first = learn(null, accepted, T0);
    const second = learn(first, outOfStock(at(120)), T0);
    expect(second).toMatchObject({ successes: 1, refusals: 1, outOfStockUntil: at(120), learnedAt: T0 });
  });

  it('halves with each half-life, and is never negative when clocks differ', () => {
    const memory = learn(null, accepted, T0);
    expect(decayed(memory, at(HALF_LIFE_SECONDS)).successes).toBeCloseTo(0.5);
    expect(decayed(memory, at(2 * HALF_LIFE_SECONDS)).successes).toBeCloseTo(0.25);
    expect(decayed(memory, at(-60)).successes).toBe(1);
    expect(learn(memory, accepted, at(HALF_LIFE_SECONDS)).successes).toBeCloseTo(1.5);
  });

  it('knows of an empty stock until the time is over, or until a create was accepted', () => {
    const empty = learn(null, outOfStock(at(120)), T0);
    expect(isRemembered(empty.outOfStockUntil, at(119))).toBe(true);
    expect(isRemembered(empty.outOfStockUntil, at(120))).toBe(false);
    expect(decayed(empty, at(60)).outOfStockUntil).toEqual(at(120));
    expect(decayed(empty, at(121)).outOfStockUntil).toBeNull();
    expect(learn(empty, accepted, at(1)).outOfStockUntil).toBeNull();
    expect(learn(empty, ready(10), at(1)).outOfStockUntil).toEqual(at(120));
  });

  it('averages the times to ready, the older ones less', () => {
    const both = learn(learn(null, ready(100), T0), ready(200), T0);
    expect(both.ready).toEqual({ seconds: 150, weight: 2 });
    const later = learn(learn(null, ready(100), T0), ready(200), at(HALF_LIFE_SECONDS));
    expect(later.ready?.seconds).toBeCloseTo((100 * 0.5 + 200) / 1.5);
  });

  it('averages pulls alike', () => {
    const first = learnPull(null, 60, T0);
    expect(first).toEqual({ seconds: 60, weight: 1, learnedAt: T0 });
    expect(learnPull(first, 120, at(HALF_LIFE_SECONDS)).seconds).toBeCloseTo((60 * 0.5 + 120) / 1.5);
  });

  it('believes an offer of which nothing is known, and one refusal does not condemn it', () => {
    expect(chanceOf(undefined, T0)).toBe(0.75);
    expect(chanceOf(learn(null, outOfStock(T0), T0), T0)).toBe(0.6);
    expect(chanceOf(learn(null, accepted, T0), T0)).toBe(0.8);
    expect(chanceOf(learn(null, outOfStock(T0), T0), at(20 * HALF_LIFE_SECONDS))).toBeCloseTo(0.75);
  });

  it('whatever was learned, the chance lies between 0 and 1, and means lie between what was measured', () => {
    const lesson = fc.oneof(
      fc.constant(accepted),
      fc.constant(outOfStock(T0)),
      fc.integer({ min: 0, max: 3_600 }).map(ready),
    );
    const history = fc.array(fc.tuple(lesson, fc.nat(1_000_000)), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(history, (lessons) => {
        let now = 0;
        let memory: ReturnType<typeof learn> | null = null;
        for (const [one, later] of lessons) memory = learn(memory, one, at((now += later)));
        const chance = chanceOf(memory ?? undefined, at(now));
        expect(chance).toBeGreaterThan(0);
        expect(chance).toBeLessThan(1);
        const measured = lessons.flatMap(([one]) => (one.kind === 'ready' ? [one.seconds] : []));
        if (!memory?.ready) expect(measured).toEqual([]);
        else {
          expect(memory.ready.seconds).toBeGreaterThanOrEqual(Math.min(...measured) - 1e-6);
          expect(memory.ready.seconds).toBeLessThanOrEqual(Math.max(...measured) + 1e-6);
        }
      }),
    );
  });
});
