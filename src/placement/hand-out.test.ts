import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anAttempt, aSpec, at, T0 } from '../../test/support/snapshot-builder.js';
import { learn, NOTHING_KNOWN, offerKeyOf, type Learned } from '../catalogue/domain/offer-memory.js';
import { STOCK_LEVELS, type StockLevel } from '../vocabulary/stock-level.js';
import { handOut, type Turns, type Waiter } from './hand-out.js';
import type { OfferSpec } from './machine-spec.js';
import type { Offer } from './offer.js';

const anOffer = (regionId: string, stock: StockLevel, changes: Partial<Offer> = {}): Offer => ({
  ...anAttempt().offer,
  regionId,
  regionName: regionId.toUpperCase(),
  available: stock !== 'none',
  stock,
  minRootfsGb: null,
  maxRootfsGb: null,
  ...changes,
});
const spec = aSpec();
const waiter = (instanceId: string, since: number, changes: Partial<Waiter> = {}): Waiter => ({
  instanceId,
  projectId: 'p',
  since: at(since),
  spec,
  holds: null,
  ...changes,
});
const hand = (waiters: Waiter[], offers: Offer[], turns: Turns = new Map(), learned = NOTHING_KNOWN) => {
  const made = handOut(waiters, offers, { learned }, turns, T0);
  return { ...made, ids: made.handed.map(({ waiter: { instanceId }, offer }) => `${instanceId} ${offer.regionId}`) };
};

describe('handing out free offers', () => {
  it('a small stock goes to the instance that waits longest, and to no other until that has bought', () => {
    const [young, old] = [waiter('young', 9), waiter('old', 1)];
    const first = hand([young, old], [anOffer('us', 'low')]);
    expect(first.ids).toEqual(['old us']);
    expect(first.waiting).toEqual([{ waiter: young, why: expect.stringContaining('wait longer') as string }]);
    const holding = { ...old, holds: anOffer('us', 'low') };
    expect(hand([young, holding], [anOffer('us', 'low')]).ids).toEqual([]);
    expect(hand([young], [anOffer('us', 'low')]).ids).toEqual(['young us']);
  });

  it.each([
    ['high', 16],
    ['normal', 4],
    ['low', 1],
    ['unknown', 1],
    ['none', 0],
  ] as const)('of a stock called %s, %d at once', (stock, count) => {
    const waiters = Array.from({ length: 30 }, (_, index) => waiter(`i${String(index).padStart(2, '0')}`, index));
    const { ids } = hand(waiters.toReversed(), [anOffer('us', stock)]);
    expect(ids).toEqual(waiters.slice(0, count).map(({ instanceId }) => `${instanceId} us`));
  });

  it('an instance that no free offer fits is passed by, and told why', () => {
    const picky = waiter('picky', 0, { spec: aSpec({ regions: ['mars'] }) });
    const { ids, waiting } = hand([picky, waiter('easy', 5)], [anOffer('us', 'low')]);
    expect(ids).toEqual(['easy us']);
    expect(waiting).toEqual([
      { waiter: picky, why: expect.stringContaining('another region was asked for') as string },
    ]);
  });

  it('of two free offers each of two instances gets one, the cheaper one first', () => {
    const offers = [anOffer('us', 'low', { pricePerGpuHour: 19_000 }), anOffer('eu', 'low')];
    expect(hand([waiter('b', 2), waiter('a', 1)], offers).ids).toEqual(['a eu', 'b us']);
  });

  it('what has just been refused is handed to no instance', () => {
    const offer = anOffer('us', 'high');
    const memory = learn(null, { kind: 'out-of-stock', offer, until: at(60) }, T0);
    const learned: Learned = { ...NOTHING_KNOWN, offers: new Map([[offerKeyOf(offer), memory]]) };
    const { ids, waiting } = hand([waiter('a', 1)], [offer], new Map(), learned);
    expect(ids).toEqual([]);
    expect(waiting[0]?.why).toContain('Novita has refused it');
  });

  it('nothing above a cap is handed out, be it of a plan or of the wait', () => {
    const offer = anOffer('us', 'high');
    const dear = offer.pricePerGpuHour - 1;
    const planned = waiter('planned', 1, { spec: aSpec({ plannedPricePerHour: dear }) });
    const thrifty = waiter('thrifty', 2, {
      spec: aSpec({ capacityWait: { forMinutes: 5, maxPricePerHour: dear } }),
    });
    expect(hand([planned, thrifty, waiter('any', 3)], [offer]).ids).toEqual(['any us']);
  });

  it('an instance that takes on demand for want of spot waits for its turn at the spot offer that is free', () => {
    const either = aSpec({ billingMode: 'spot', orOnDemand: true });
    const offers = [anOffer('us', 'low'), anOffer('us', 'high', { billingMode: 'onDemand', pricePerGpuHour: 35_000 })];
    expect(hand([waiter('a', 1), waiter('b', 2, { spec: either })], offers).ids).toEqual(['a us']);
  });

  it('projects take turns, however many of one wait and however long', () => {
    let waiters = [
      ...Array.from({ length: 5 }, (_, index) => waiter(`many${index}`, index)),
      waiter('few0', 100, { projectId: 'q' }),
      waiter('few1', 101, { projectId: 'q' }),
    ];
    let turns: Turns = new Map();
    const order: string[] = [];
    while (waiters.length > 0) {
      const made = hand(waiters, [anOffer('us', 'low')], turns);
      turns = made.turns;
      const [next] = made.handed;
      if (!next) break;
      order.push(next.waiter.instanceId);
      waiters = waiters.filter((other) => other !== next.waiter);
    }
    expect(order).toEqual(['many0', 'few0', 'many1', 'few1', 'many2', 'many3', 'many4']);
  });
});

const AT_ONCE: Record<StockLevel, number> = { high: 16, normal: 4, low: 1, unknown: 1, none: 0 };
const someSpec: fc.Arbitrary<Partial<OfferSpec>> = fc.record(
  {
    regions: fc.subarray(['r0', 'r1', 'r2']),
    maxPricePerHour: fc.integer({ min: 15_000, max: 25_000 }),
    orOnDemand: fc.boolean(),
  },
  { requiredKeys: [] },
);

it('in every world the longest-waiting come first, no offer goes to more than it may serve, and none to whom it does not fit', () => {
  const world = fc.record({
    waiters: fc.array(
      fc.record({
        project: fc.integer({ min: 0, max: 2 }),
        since: fc.integer({ min: 0, max: 50 }),
        spec: someSpec,
        holds: fc.boolean(),
      }),
      { maxLength: 40 },
    ),
    offers: fc.uniqueArray(
      fc.record({
        region: fc.integer({ min: 0, max: 3 }),
        stock: fc.constantFrom(...STOCK_LEVELS),
        price: fc.integer({ min: 15_000, max: 25_000 }),
        onDemand: fc.boolean(),
      }),
      { selector: ({ region, onDemand }) => `${region} ${onDemand}`, maxLength: 8 },
    ),
  });
  fc.assert(
    fc.property(world, (drawn) => {
      const offers = drawn.offers.map(({ region, stock, price, onDemand }) =>
        anOffer(`r${region}`, stock, { pricePerGpuHour: price, billingMode: onDemand ? 'onDemand' : 'spot' }),
      );
      const waiters = drawn.waiters.map(({ project, since, spec: changes, holds }, index) =>
        waiter(`i${String(index).padStart(2, '0')}`, since, {
          projectId: `p${project}`,
          spec: aSpec(changes),
          holds: holds ? (offers[0] ?? null) : null,
        }),
      );
      const { handed, waiting } = handOut(waiters, offers, {}, new Map(), T0);
      const free = waiters.filter(({ holds }) => holds === null);
      expect(handed.length + waiting.length).toBe(free.length);
      for (const offer of offers) {
        const key = offerKeyOf(offer);
        const served = handed.filter((one) => offerKeyOf(one.offer) === key).length;
        const held = waiters.filter(({ holds }) => holds && offerKeyOf(holds) === key).length;
        expect(served).toBeLessThanOrEqual(Math.max(0, AT_ONCE[offer.stock] - held));
      }
      for (const { waiter: one, offer } of handed) {
        expect(offer.pricePerGpuHour).toBeLessThanOrEqual(one.spec.maxPricePerHour ?? Infinity);
        expect(one.spec.regions.length === 0 || one.spec.regions.includes(offer.regionId)).toBe(true);
        // an instance of the same project that waits longer and would have taken this offer was served as well
        const passedBy = waiting.filter(
          ({ waiter: other }) =>
            other.projectId === one.projectId &&
            other.since < one.since &&
            JSON.stringify(other.spec) === JSON.stringify(one.spec),
        );
        expect(passedBy).toEqual([]);
      }
    }),
    { numRuns: 500 },
  );
});
