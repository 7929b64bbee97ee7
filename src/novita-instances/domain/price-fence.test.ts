import { describe, expect, it } from 'vitest';
import { aMachine, anAttempt, anInstance, aSpec, holding } from '../../../test/support/facts-builder.js';
import type { Facts } from './instance.js';
import type { OfferTaken } from './offer-taken.js';
import type { Offer } from './placement.js';
import { isUnderCap, overCapEvents, whyTooDearToStart } from './price-fence.js';

const CAP = 20_000;
const machine = aMachine('exited');
const taken = anAttempt().offer;
const capped = (cap: number | null): Facts =>
  holding(machine, anInstance({ spec: aSpec({ maxPricePerGpuHour: cap }) }));
const offered = (changes: Partial<OfferTaken> = {}): Offer => ({
  ...taken,
  available: true,
  stock: 'normal',
  minRootfsGb: null,
  maxRootfsGb: null,
  ...changes,
});
const why = (cap: number | null, offers: Offer[] | null): string | null =>
  whyTooDearToStart(capped(cap), machine, offers);

describe('the price fence', () => {
  it('a cap that is met exactly is kept', () => {
    expect(isUnderCap({ maxPricePerGpuHour: CAP }, CAP)).toBe(true);
    expect(isUnderCap({ maxPricePerGpuHour: CAP }, CAP + 1)).toBe(false);
    expect(isUnderCap({ maxPricePerGpuHour: null }, 1e9)).toBe(true);
  });

  it.each<[string, number | null, Offer[] | null, RegExp | null]>([
    ['without a cap, whatever it costs and whether anybody knows', null, null, null],
    ['under the cap', CAP, [offered({ pricePerGpuHour: CAP })], null],
    ['above it', CAP, [offered({ pricePerGpuHour: CAP + 1 })], /costs 0\.20001 USD .* more than maxPrice.*0\.20 USD/],
    ['prices not known', CAP, null, /does not say/],
    ['no longer sold', CAP, [offered({ productId: 'another' })], /does not list/],
    ['sold with another billing only', CAP, [offered({ billingMode: 'onDemand' })], /does not list/],
    [
      'cheap elsewhere only',
      CAP,
      [offered({ pricePerGpuHour: CAP + 1 }), offered({ regionId: 'other', pricePerGpuHour: 1 })],
      /more than/,
    ],
    [
      'dear elsewhere only',
      CAP,
      [offered({ pricePerGpuHour: CAP }), offered({ regionId: 'other', pricePerGpuHour: CAP + 1 })],
      null,
    ],
    [
      'its region is not listed, and the dearest other is above',
      CAP,
      [offered({ regionId: 'a', pricePerGpuHour: 1 }), offered({ regionId: 'b', pricePerGpuHour: CAP + 1 })],
      /more than/,
    ],
    ['its region is not listed, and all others are under', CAP, [offered({ regionId: 'a', pricePerGpuHour: 1 })], null],
  ])('a stopped machine may be started, or not and it says why: %s', (_, cap, offers, said) => {
    if (said) expect(why(cap, offers)).toMatch(said);
    else expect(why(cap, offers)).toBeNull();
  });

  it('nobody knows the price of a machine whose create is not on record', () => {
    expect(whyTooDearToStart({ ...capped(CAP), attempts: [] }, machine, [offered()])).toMatch(/does not list/);
  });

  it('a machine that is taken in above the cap is told with both prices, one under it is not', () => {
    const dear = { ...taken, pricePerGpuHour: CAP + 1 };
    expect(overCapEvents(aSpec({ maxPricePerGpuHour: CAP }), dear, 'm1')).toEqual([
      {
        type: 'machine.above_price_cap',
        data: {
          machineId: 'm1',
          pricePerGpuHour: { amount: '0.20001', currency: 'USD' },
          maxPricePerGpuHour: { amount: '0.20', currency: 'USD' },
        },
      },
    ]);
    expect(overCapEvents(aSpec({ maxPricePerGpuHour: CAP }), taken, 'm1')).toEqual([]);
    expect(overCapEvents(aSpec({ maxPricePerGpuHour: null }), dear, 'm1')).toEqual([]);
  });
});
