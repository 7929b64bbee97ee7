import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anAttempt, aSpec, T0 } from '../../test/support/snapshot-builder.js';
import { offerKeyOf } from '../catalogue/domain/offer-memory.js';
import { PASS_REASONS, type PassReason } from '../vocabulary/offer-choice.js';
import { chooseOffer, nearestReason } from './choose-offer.js';
import type { OfferSpec } from './machine-spec.js';
import type { Offer } from './offer.js';

const anOffer = (changes: Partial<Offer> = {}): Offer => ({
  ...anAttempt().offer,
  available: true,
  stock: 'normal',
  minRootfsGb: 10,
  maxRootfsGb: 1024,
  ...changes,
});
const california = anOffer();
const singapore = anOffer({ regionId: 'as-sgp-2', regionName: 'AS-SGP-02 (Singapore)' });
const place = (offers: Offer[], spec: Partial<OfferSpec> = {}, refused: Offer[] = []) =>
  chooseOffer(aSpec(spec), offers, { refused, volumes: [{ volumeId: 'v', clusterId: 'mars-1' }], now: T0 });

describe('placement', () => {
  it('takes the cheapest offer', () => {
    const cheap = anOffer({ regionId: 'eu-de-1', pricePerGpuHour: 17_999 });
    expect(place([california, cheap, singapore])).toMatchObject({ kind: 'offer', offer: cheap });
  });

  it('among equals takes the better stocked, then the region that was named first, then by id', () => {
    const high = { ...singapore, stock: 'high' as const };
    expect(place([california, high])).toMatchObject({ offer: high });
    expect(place([california, singapore], { regions: ['as-sgp-2', 'us-ca-6'] })).toMatchObject({ offer: singapore });
    expect(place([california, singapore])).toMatchObject({ offer: singapore });
    expect(place([singapore, california])).toMatchObject({ offer: singapore });
  });

  it.each(['us-ca-6', 'US-CA-06', 'us-ca-06 (california)', ' US-CA-6 '])('understands the region %j', (region) => {
    expect(place([singapore, california], { regions: [region] })).toMatchObject({ offer: california });
  });

  it('goes to the next offer when one was refused, until all were', () => {
    expect(place([singapore, california], {}, [singapore])).toMatchObject({ offer: california });
    const none = place([singapore, california], {}, [singapore, california]);
    expect(none).toMatchObject({ kind: 'no-capacity', passedOver: [{ code: 'refused' }, { code: 'refused' }] });
  });

  it('what is out of stock now is worth waiting for', () => {
    const offer = anOffer({ available: false, stock: 'none' });
    const passedOver = [{ code: 'no-stock', offer, detail: { stock: 'none' } }];
    expect(place([offer])).toEqual({ kind: 'no-capacity', passedOver });
  });

  it('an offer above the price of capacityWait is worth waiting for, above a cap it is not', () => {
    const capacityWait = { forMinutes: 5, maxPricePerHour: california.pricePerGpuHour - 1 };
    expect(place([california], { capacityWait })).toMatchObject({
      kind: 'no-capacity',
      passedOver: [{ code: 'wait-price' }],
    });
    const capped = place([california], { capacityWait, maxPricePerHour: california.pricePerGpuHour - 2 });
    expect(capped).toMatchObject({ kind: 'no-such-offer', passedOver: [{ code: 'price' }] });
  });

  it('waiting does not help when no offer is of the product', () => {
    const placed = place([anOffer({ productName: 'RTX 4090D 24GB' })]);
    expect(placed).toEqual({ kind: 'no-such-offer', passedOver: [] });
    expect(nearestReason(placed)).toBeNull();
  });

  it.each<[PassReason, Partial<Offer>, Partial<OfferSpec>, Record<string, unknown>]>([
    ['billing-mode', {}, { billingMode: 'onDemand' }, { wanted: 'onDemand' }],
    ['region', {}, { regions: ['mars-1', 'eu-de-1'] }, { wanted: ['mars-1', 'eu-de-1'] }],
    ['price', {}, { maxPricePerGpuHour: 17_999 }, { cap: 17_999, field: 'maxPricePerGpuHour' }],
    ['price', {}, { maxPricePerHour: 17_999 }, { cap: 17_999, field: 'maxPricePerHour' }],
    ['price', {}, { maxPricePerHour: 143_999, gpuNum: 8 }, { cap: 143_999, field: 'maxPricePerHour' }],
    ['volume-region', {}, { volumes: [{ id: 'v', mountPath: '/v' }] }, { volume: 'v', wanted: 'mars-1' }],
    ['disk-size', {}, { rootfsSizeGb: 1025 }, { wanted: 1025 }],
    ['disk-size', { minRootfsGb: 80 }, { rootfsSizeGb: 60 }, { wanted: 60 }],
  ])('waiting does not help against %s', (code, ofOffer, spec, detail) => {
    const offer = anOffer(ofOffer);
    expect(place([offer], spec)).toEqual({ kind: 'no-such-offer', passedOver: [{ code, offer, detail }] });
  });

  it('every offer of the product that is not taken has its reason, beside one that is taken too', () => {
    const dear = anOffer({ regionId: 'dear', pricePerGpuHour: 30_000 });
    const gone = anOffer({ regionId: 'gone', available: false });
    const other = anOffer({ productName: 'another' });
    const placed = place([dear, california, gone, other, singapore], { maxPricePerGpuHour: 20_000 }, [singapore]);
    expect(placed).toMatchObject({ kind: 'offer', offer: california });
    expect(placed.passedOver.map(({ offer, code }) => [offer.regionId, code])).toEqual([
      ['dear', 'price'],
      ['gone', 'no-stock'],
      [singapore.regionId, 'refused'],
    ]);
  });

  it('the reason that is told is that of the offer that came closest', () => {
    const passed = (...codes: PassReason[]) => ({
      passedOver: codes.map((code) => ({ code, offer: california, detail: {} })),
    });
    PASS_REASONS.forEach((code, at) => {
      if (PASS_REASONS.indexOf('refused') < at) return;
      expect(nearestReason(passed(code, ...PASS_REASONS.slice(0, at)))).toBe(code);
    });
    expect(nearestReason(passed('no-stock', 'price'))).toBe('no-stock');
    expect(nearestReason(passed('no-stock', 'refused'))).toBe('refused');
  });

  it('a price exactly at the cap is paid', () => {
    expect(place([california], { maxPricePerGpuHour: 18_000 })).toMatchObject({ kind: 'offer' });
  });
});

describe('whatever is offered', () => {
  const offer = fc
    .record({
      productId: fc.constantFrom('p1', 'p2'),
      regionId: fc.constantFrom('us-ca-6', 'as-sgp-2', 'eu-de-1'),
      billingMode: fc.constantFrom('spot' as const, 'onDemand' as const),
      pricePerGpuHour: fc.integer({ min: 1, max: 6 }).map((step) => step * 10_000),
      available: fc.boolean(),
      stock: fc.constantFrom('none' as const, 'low' as const, 'normal' as const, 'high' as const, 'unknown' as const),
      maxRootfsGb: fc.constantFrom(null, 50, 100),
    })
    .map(anOffer);
  const situation = fc.record({
    offers: fc.array(offer, { maxLength: 8 }),
    refused: fc.array(fc.nat(7), { maxLength: 5 }),
    cap: fc.constantFrom(null, 10_000, 30_000, 45_000),
    regions: fc.constantFrom<string[][]>([], ['us-ca-6'], ['eu-de-1', 'as-sgp-2']),
  });

  it('nothing is taken above the cap, out of stock, too small, elsewhere, or refused; nothing cheaper is left', () => {
    fc.assert(
      fc.property(situation, ({ offers, refused, cap, regions }) => {
        const refusedOffers = refused.flatMap((at) => offers[at] ?? []);
        const spec = { maxPricePerGpuHour: cap, regions };
        const placed = place(offers, spec, refusedOffers);
        expect(placed.passedOver.length).toBeLessThanOrEqual(offers.length);
        if (placed.kind !== 'offer') return;
        expect(placed.offer.pricePerGpuHour).toBeLessThanOrEqual(cap ?? Infinity);
        expect(placed.offer.available).toBe(true);
        expect(placed.offer.billingMode).toBe('spot');
        expect(placed.offer.maxRootfsGb ?? 60).toBeGreaterThanOrEqual(60);
        if (regions.length > 0) expect(regions).toContain(placed.offer.regionId);
        expect(refusedOffers.map(offerKeyOf)).not.toContain(offerKeyOf(placed.offer));
        const cheaper = offers.filter((other) => other.pricePerGpuHour < placed.offer.pricePerGpuHour);
        for (const other of cheaper) {
          expect(place([other], spec, refusedOffers).kind).not.toBe('offer');
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('every replica chooses alike, in whatever order the offers come', () => {
    fc.assert(
      fc.property(fc.array(offer, { maxLength: 8 }), (offers) => {
        const unique = [...new Map(offers.map((each) => [offerKeyOf(each), each])).values()];
        const { kind, passedOver, ...chosen } = place(unique);
        expect(place(unique.toReversed())).toMatchObject({ kind, ...chosen });
        expect(place(unique.toReversed()).passedOver).toHaveLength(passedOver.length);
      }),
    );
  });
});
