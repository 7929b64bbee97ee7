import { describe, expect, it } from 'vitest';
import { T0 } from '../../test/support/snapshot-builder.js';
import {
  learn,
  NOTHING_KNOWN,
  offerKeyOf,
  type Learned,
  type Lesson,
  type OfferMemory,
} from '../catalogue/domain/offer-memory.js';
import { estimateOf, rankingCost } from './expected-cost.js';

const offer = { productId: 'p', regionId: 'r', billingMode: 'spot' as const, pricePerGpuHour: 36_000 };
const learnedBy = (...lessons: Exclude<Lesson, { kind: 'pulled' }>[]): Learned => {
  const memory = lessons.reduce<OfferMemory | null>((before, lesson) => learn(before, lesson, T0), null);
  return { ...NOTHING_KNOWN, offers: new Map(memory ? [[offerKeyOf(offer), memory]] : []) };
};
const accepted = { kind: 'accepted', offer } as const;
const refused = { kind: 'out-of-stock', offer, until: T0 } as const;

describe('the expected cost', () => {
  it('of an offer of which nothing is known takes five minutes, of the whole machine', () => {
    expect(estimateOf(offer, 1, NOTHING_KNOWN, T0)).toEqual({
      chance: 0.75,
      secondsToReady: 300,
      costToReady: 4_000,
      pricePerHour: 36_000,
    });
    expect(estimateOf(offer, 8, NOTHING_KNOWN, T0)).toMatchObject({ costToReady: 32_000, pricePerHour: 288_000 });
  });

  it('takes the time that the image took in the region, or else that of the offer', () => {
    const known = learnedBy({ kind: 'ready', offer, seconds: 120 });
    expect(estimateOf(offer, 1, known, T0).secondsToReady).toBe(120);
    const pulls = new Map([['r', { seconds: 60, weight: 1, learnedAt: T0 }]]);
    expect(estimateOf(offer, 1, { ...known, pulls }, T0).secondsToReady).toBe(60);
    expect(estimateOf({ ...offer, regionId: 'other' }, 1, { ...known, pulls }, T0).secondsToReady).toBe(300);
  });

  it('rises with refusals and falls with successes, and of equals the quicker one is cheaper', () => {
    const costOf = (learned: Learned) => rankingCost(estimateOf(offer, 1, learned, T0));
    expect(costOf(learnedBy(refused))).toBeGreaterThan(costOf(NOTHING_KNOWN));
    expect(costOf(learnedBy(accepted))).toBeLessThan(costOf(NOTHING_KNOWN));
    expect(costOf(learnedBy({ kind: 'ready', offer, seconds: 299 }))).toBeLessThan(costOf(NOTHING_KNOWN));
  });

  it('counts the first hour of use: half the pull does not make up for twice the price', () => {
    const dear = { ...offer, productId: 'dear', pricePerGpuHour: 72_000 };
    const learned = { ...NOTHING_KNOWN, pulls: new Map([['quick', { seconds: 150, weight: 1, learnedAt: T0 }]]) };
    const quick = estimateOf({ ...dear, regionId: 'quick' }, 1, learned, T0);
    const slow = estimateOf(offer, 1, learned, T0);
    expect(quick.costToReady).toBeCloseTo(slow.costToReady);
    expect(rankingCost(quick)).toBeGreaterThan(rankingCost(slow));
  });
});
