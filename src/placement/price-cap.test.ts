import { describe, expect, it } from 'vitest';
import { anAttempt, aSpec } from '../../test/support/snapshot-builder.js';
import type { OfferTaken } from './offer.js';
import { capOf, isUnderCap, overCapEvents, whyTooDearToStart, type StartTooDear } from './price-cap.js';

const CAP = 20_000;
const taken = anAttempt().offer;
const offered = (changes: Partial<OfferTaken> = {}): OfferTaken => ({ ...taken, ...changes });
const capped = (maxPricePerGpuHour: number | null, maxPricePerHour: number | null = null, gpuNum = 1) => ({
  maxPricePerGpuHour,
  maxPricePerHour,
  plannedPricePerHour: null,
  capacityWait: null,
  gpuNum,
});
const whyNot = (cap: number | null, offers: OfferTaken[] | null, bought: OfferTaken | null = taken) =>
  whyTooDearToStart(capped(cap), bought, offers);
const ofGpu = (cap: number) => ({ field: 'maxPricePerGpuHour', given: cap, perGpu: cap });

describe('the price cap', () => {
  it('a cap that is met exactly is kept', () => {
    expect(isUnderCap(capped(CAP), CAP)).toBe(true);
    expect(isUnderCap(capped(CAP), CAP + 1)).toBe(false);
    expect(isUnderCap(capped(null), 1e9)).toBe(true);
  });

  it('for the whole machine holds for the price of one GPU times their number', () => {
    expect(isUnderCap(capped(null, 8 * CAP, 8), CAP)).toBe(true);
    expect(isUnderCap(capped(null, 8 * CAP, 8), CAP + 1)).toBe(false);
    expect(isUnderCap(capped(null, 8 * CAP + 7, 8), CAP + 1)).toBe(false);
    expect(isUnderCap(capped(null, 8 * CAP + 8, 8), CAP + 1)).toBe(true);
    expect(isUnderCap(capped(null, CAP, 1), CAP)).toBe(true);
  });

  it('may be the price of a plan, or the price that is waited for, of the whole machine', () => {
    const spec = { ...capped(null, null, 8), plannedPricePerHour: 8 * CAP };
    expect(capOf(spec)).toEqual({ field: 'planId', given: 8 * CAP, perGpu: CAP });
    expect(isUnderCap(spec, CAP)).toBe(true);
    expect(isUnderCap(spec, CAP + 1)).toBe(false);
    const waits = { ...spec, capacityWait: { forMinutes: 5, maxPricePerHour: 8 * CAP - 1 } };
    expect(capOf(waits)).toMatchObject({ field: 'capacityWait.maxPricePerHour', perGpu: CAP - 1 });
    expect(capOf({ ...waits, maxPricePerGpuHour: CAP - 1 })).toMatchObject({ field: 'maxPricePerGpuHour' });
    expect(capOf({ ...waits, capacityWait: { forMinutes: 5, maxPricePerHour: null } })).toMatchObject({
      field: 'planId',
    });
  });

  it('is the tighter one of two', () => {
    expect(capOf(capped(CAP, 2 * CAP, 2))).toMatchObject({ field: 'maxPricePerGpuHour', perGpu: CAP });
    expect(capOf(capped(CAP, 2 * CAP - 1, 2))).toEqual({
      field: 'maxPricePerHour',
      given: 2 * CAP - 1,
      perGpu: CAP - 1,
    });
    expect(capOf(capped(CAP, 3 * CAP, 2))).toMatchObject({ field: 'maxPricePerGpuHour' });
    expect(capOf(capped(null))).toBeNull();
  });

  it.each<[string, number | null, OfferTaken[] | null, { code: StartTooDear['code']; price?: number } | null]>([
    ['without a cap, whatever it costs and whether anybody knows', null, null, null],
    ['under the cap', CAP, [offered({ pricePerGpuHour: CAP })], null],
    ['above it', CAP, [offered({ pricePerGpuHour: CAP + 1 })], { code: 'above-cap', price: CAP + 1 }],
    ['prices not known', CAP, null, { code: 'prices-unknown' }],
    ['no longer sold', CAP, [offered({ productId: 'another' })], { code: 'not-sold' }],
    ['sold with another billing only', CAP, [offered({ billingMode: 'onDemand' })], { code: 'not-sold' }],
    [
      'cheap elsewhere only',
      CAP,
      [offered({ pricePerGpuHour: CAP + 1 }), offered({ regionId: 'other', pricePerGpuHour: 1 })],
      { code: 'above-cap', price: CAP + 1 },
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
      { code: 'above-cap', price: CAP + 1 },
    ],
    ['its region is not listed, and all others are under', CAP, [offered({ regionId: 'a', pricePerGpuHour: 1 })], null],
  ])('a stopped machine may be started, or not and it says why: %s', (_, cap, offers, reason) => {
    expect(whyNot(cap, offers)).toEqual(reason && { ...reason, cap: ofGpu(cap ?? 0) });
  });

  it('nobody knows the price of a machine whose create is not on record', () => {
    expect(whyNot(CAP, [offered()], null)).toEqual({ code: 'not-sold', cap: ofGpu(CAP) });
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
