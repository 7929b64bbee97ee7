import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anAttempt, aSpec } from '../../../test/support/facts-builder.js';
import type { Attempt } from './instance.js';
import type { InstanceSpec } from './instance-spec.js';
import { placeInstance, type Offer } from './placement.js';

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
const refusal = (offer: Offer, changes: Partial<Attempt> = {}): Attempt =>
  anAttempt({ state: 'REJECTED', reason: 'INSUFFICIENT_RESOURCE', machineId: null, offer, ...changes });
const place = (offers: Offer[], spec: Partial<InstanceSpec> = {}, attempts: Attempt[] = [], round = 1) =>
  placeInstance(aSpec(spec), offers, attempts, round);

describe('placement', () => {
  it('takes the cheapest offer', () => {
    const cheap = anOffer({ regionId: 'eu-de-1', pricePerGpuHour: 17_999 });
    expect(place([california, cheap, singapore])).toEqual({ kind: 'offer', offer: cheap });
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

  it('goes to the next offer when one was refused for lack of capacity, and comes back to it in the next round', () => {
    expect(place([singapore, california], {}, [refusal(singapore)])).toMatchObject({ offer: california });
    const both = [refusal(singapore), refusal(california, { number: 2 })];
    expect(place([singapore, california], {}, both)).toEqual({
      kind: 'no-capacity',
      why: 'every fitting offer was refused for lack of capacity',
    });
    expect(place([singapore, california], {}, both, 2)).toMatchObject({ offer: singapore });
  });

  it('an offer that was refused for another reason than capacity may be taken again', () => {
    const attempts = [refusal(california, { reason: 'BALANCE_NOT_ENOUGH' })];
    expect(place([california], {}, attempts)).toMatchObject({ offer: california });
  });

  it('what is out of stock now is worth waiting for', () => {
    expect(place([anOffer({ available: false })])).toEqual({
      kind: 'no-capacity',
      why: 'every fitting offer is out of stock',
    });
  });

  it.each<[string, Offer[], Partial<InstanceSpec>]>([
    ['no product is called "RTX 4090 24GB"', [anOffer({ productName: 'RTX 4090D 24GB' })], {}],
    ['"RTX 4090 24GB" is not offered with billing mode onDemand', [california], { billingMode: 'onDemand' }],
    ['"RTX 4090 24GB" is not offered in mars-1, eu-de-1', [california], { regions: ['mars-1', 'eu-de-1'] }],
    ['every offer costs more than maxPricePerGpuHour', [california], { maxPricePerGpuHour: 17_999 }],
    ['no offer has a root disk of the size that was asked for', [california], { rootfsSizeGb: 1025 }],
    ['no offer has a root disk of the size that was asked for', [anOffer({ minRootfsGb: 80 })], { rootfsSizeGb: 60 }],
  ])('waiting does not help when %s', (why, offers, spec) => {
    expect(place(offers, spec)).toEqual({ kind: 'no-such-offer', why });
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
    refused: fc.array(fc.record({ at: fc.nat(7), round: fc.integer({ min: 1, max: 2 }) }), { maxLength: 5 }),
    cap: fc.constantFrom(null, 10_000, 30_000, 45_000),
    regions: fc.constantFrom<string[][]>([], ['us-ca-6'], ['eu-de-1', 'as-sgp-2']),
  });

  it('nothing is taken above the cap, out of stock, too small, elsewhere, or refused in this round; nothing cheaper is left', () => {
    fc.assert(
      fc.property(situation, ({ offers, refused, cap, regions }) => {
        const attempts = refused.flatMap(({ at, round }, index) => {
          const chosen = offers[at];
          return chosen ? [refusal(chosen, { number: index + 1, round })] : [];
        });
        const placed = place(offers, { maxPricePerGpuHour: cap, regions }, attempts);
        if (placed.kind !== 'offer') return;
        const same = (other: Attempt['offer']): boolean =>
          other.productId === placed.offer.productId &&
          other.regionId === placed.offer.regionId &&
          other.billingMode === placed.offer.billingMode;
        expect(placed.offer.pricePerGpuHour).toBeLessThanOrEqual(cap ?? Infinity);
        expect(placed.offer.available).toBe(true);
        expect(placed.offer.billingMode).toBe('spot');
        expect(placed.offer.maxRootfsGb ?? 60).toBeGreaterThanOrEqual(60);
        if (regions.length > 0) expect(regions).toContain(placed.offer.regionId);
        expect(attempts.filter(({ round }) => round === 1).some((attempt) => same(attempt.offer))).toBe(false);
        const cheaper = offers.filter((other) => other.pricePerGpuHour < placed.offer.pricePerGpuHour);
        for (const other of cheaper) {
          const without = { maxPricePerGpuHour: cap, regions };
          expect(place([other], without, attempts).kind).not.toBe('offer');
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('every replica chooses alike, in whatever order the offers come', () => {
    fc.assert(
      fc.property(fc.array(offer, { maxLength: 8 }), (offers) => {
        const keyed = [
          ...new Map(offers.map((each) => [`${each.productId}|${each.regionId}|${each.billingMode}`, each])),
        ];
        const unique = keyed.map(([, each]) => each);
        expect(place(unique.toReversed())).toEqual(place(unique));
      }),
    );
  });
});
