import { describe, expect, it } from 'vitest';
import { anAttempt, aSpec, T0 } from '../../test/support/snapshot-builder.js';
import { learnPull, NOTHING_KNOWN, type Learned } from '../catalogue/domain/offer-memory.js';
import type { OnReclaim } from '../vocabulary/on-reclaim.js';
import { chooseOffer } from './choose-offer.js';
import type { Offer } from './offer.js';
import { planOf } from './plan.js';

const spot: Offer = { ...anAttempt().offer, available: true, stock: 'normal', minRootfsGb: null, maxRootfsGb: null };
const onDemand: Offer = { ...spot, billingMode: 'onDemand', pricePerGpuHour: 36_000 };
const pullOf = (seconds: number): Learned => ({
  ...NOTHING_KNOWN,
  pulls: new Map([[spot.regionId, learnPull(null, seconds, T0)]]),
});
const plan = (changes: Parameters<typeof aSpec>[0], offers: Offer[], learned = NOTHING_KNOWN) => {
  const spec = aSpec(changes);
  return planOf(spec, chooseOffer(spec, offers, { learned, now: T0 }));
};

describe('a plan', () => {
  it('has the price of the whole machine, and what the way to ready costs', () => {
    const made = plan({ gpuNum: 8 }, [spot, onDemand], pullOf(600));
    expect(made).toMatchObject({ pricePerHour: 8 * 18_000, whyNone: null, passedOver: [{ code: 'billing-mode' }] });
    const [first] = made.offers;
    expect(first?.estimate).toMatchObject({ pricePerHour: 8 * 18_000, secondsToReady: 600, chance: 0.75 });
    expect(first?.estimate.costToReady).toBeCloseTo((8 * 18_000) / 6 / 0.75);
  });

  it.each<[OnReclaim, number, { secondsNotReady: number | null; isPaid: boolean }]>([
    ['replace', 600, { secondsNotReady: 0, isPaid: true }],
    ['replace', 4_000, { secondsNotReady: 400, isPaid: true }],
    ['wait', 600, { secondsNotReady: 600, isPaid: true }],
    ['none', 600, { secondsNotReady: null, isPaid: false }],
  ])('says what a reclaim loses with onReclaim %s, when a machine is ready after %d s', (onReclaim, pull, expected) => {
    const [first] = plan({ onReclaim }, [spot], pullOf(pull)).offers;
    expect(first?.reclaim).toMatchObject({
      onReclaim,
      noticeSeconds: 3_600,
      secondsNotReady: expected.secondsNotReady,
      cost: expected.isPaid ? first?.estimate.costToReady : 0,
    });
  });

  it('on demand there is nothing to lose', () => {
    expect(plan({ billingMode: 'onDemand' }, [onDemand]).offers[0]?.reclaim).toBeNull();
  });

  it('without an offer has no price, and the reason', () => {
    const made = plan({}, [{ ...spot, available: false, stock: 'none' }, onDemand]);
    expect(made).toMatchObject({ offers: [], pricePerHour: null, whyNone: 'every fitting offer is out of stock' });
    expect(made.passedOver.map(({ code }) => code)).toEqual(['no-stock', 'billing-mode']);
  });
});
