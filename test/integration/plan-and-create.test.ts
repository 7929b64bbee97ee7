/** A plan and a create agree: by the same code, over random worlds, with what was learned before. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { offerKeyOf } from '../../src/catalogue/domain/offer-memory.js';
import { parseUnits } from '../../src/money/price.js';
import { planView } from '../../src/novita-instances/api/plan.view.js';
import type { InstanceSpec } from '../../src/novita-instances/domain/instance-spec.js';
import { findOffer } from '../../src/novita-instances/effects/find-offer.js';
import { planOf, type Plan } from '../../src/placement/plan.js';
import { STOCK_LEVELS } from '../../src/vocabulary/stock-level.js';
import { aProduct, ShopStage } from '../support/shop-stage.js';
import { aSpec, at, T0 } from '../support/snapshot-builder.js';

const NAMES = ['RTX 4090 24GB', 'RTX 4090D 24GB', 'L40S 48GB', 'H100 SXM 80GB'];
const REGIONS = ['us-1', 'eu-1', 'as-1'];
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null, freq: 2 });
const somePrice = fc.integer({ min: 10_000, max: 50_000 });

const someWorld = fc.record({
  products: fc.uniqueArray(
    fc.record({
      name: fc.constantFrom(...NAMES),
      regions: fc.subarray(REGIONS),
      stock: fc.constantFrom(...STOCK_LEVELS),
      onDemand: somePrice,
      spot: somePrice,
    }),
    { selector: ({ name }) => name, minLength: 1, maxLength: 4 },
  ),
  refused: fc.array(fc.record({ name: fc.constantFrom(...NAMES), region: fc.constantFrom(...REGIONS) }), {
    maxLength: 3,
  }),
  spec: fc.record({
    gpuNum: fc.integer({ min: 1, max: 8 }),
    names: fc.subarray(NAMES),
    minMemoryGb: maybe(fc.constantFrom(24, 48, 80)),
    regions: fc.subarray(REGIONS),
    mode: fc.constantFrom('onDemand', 'spot', 'spotThenOnDemand'),
    perGpu: maybe(somePrice),
    perMachine: maybe(fc.integer({ min: 10_000, max: 400_000 })),
  }),
  rise: fc.integer({ min: 1, max: 20_000 }),
});
type World = typeof someWorld extends fc.Arbitrary<infer Drawn> ? Drawn : never;

const specOf = ({ spec: { gpuNum, names, minMemoryGb, regions, mode, perGpu, perMachine } }: World): InstanceSpec =>
  aSpec({
    ...{ gpuNum, regions, productName: null, gpu: { names, minMemoryGb } },
    ...{ maxPricePerGpuHour: perGpu, maxPricePerHour: perMachine },
    billingMode: mode === 'onDemand' ? 'onDemand' : 'spot',
    orOnDemand: mode === 'spotThenOnDemand',
  });

/** The world before a replica, in which other instances have learned what is out of stock. */
const stageOf = async ({ products, refused }: World): Promise<ShopStage> => {
  const stage = new ShopStage(1);
  stage.shop.stock = 1;
  stage.shop.clusters.splice(
    0,
    Infinity,
    ...REGIONS.map((clusterId) => ({ clusterId, name: clusterId.toUpperCase() })),
  );
  stage.shop.products = products.map(({ name, regions, stock, onDemand, spot }) =>
    aProduct({
      ...{ productId: `p-${name}`, name, regionNames: regions, stock, available: stock !== 'none' },
      pricePerGpuHour: { onDemand, spot },
    }),
  );
  const before = stage.snapshot(await stage.create()).instance;
  let from = before;
  for (const { name, region } of refused) {
    const offer = { productId: `p-${name}`, regionId: region, billingMode: 'spot' as const };
    const learned = { kind: 'out-of-stock' as const, offer, until: at(600) };
    await stage.store.commit({ before: from, after: { ...from, desired: 'stopped' }, actor: 'caller', learned });
    from = stage.snapshot(before.id).instance;
  }
  await stage.store.commit({ before: from, after: { ...from, desired: 'deleted' }, actor: 'caller' });
  return stage;
};

const planned = async ({ store, clock, replicas: [replica] }: ShopStage, spec: InstanceSpec): Promise<Plan> =>
  planOf(spec, await findOffer(store, clock, spec, (await replica?.market.currentOffers(true)) ?? [], {}));

describe('over a thousand random worlds', () => {
  it('what a plan shows first is what a create buys, at the price of the plan', async () => {
    let found = 0;
    await fc.assert(
      fc.asyncProperty(someWorld, async (world) => {
        const stage = await stageOf(world);
        const spec = specOf(world);
        const plan = await planned(stage, spec);
        const id = await stage.create({ ...spec, plannedPricePerHour: plan.pricePerHour });
        await stage.reconcile();
        const [first] = plan.offers;
        const { attempts, instance } = stage.snapshot(id);
        if (!first) {
          expect(stage.shop.orders).toEqual([]);
          expect(['waiting_capacity', 'failed']).toContain(instance.toldStatus);
          return;
        }
        found += 1;
        expect(attempts.map(({ state, offer }) => [state, offerKeyOf(offer)])).toEqual([
          ['ACCEPTED', offerKeyOf(first.offer)],
        ]);
        expect(stage.shop.orders).toMatchObject([{ productId: first.offer.productId, gpuNum: spec.gpuNum }]);
        expect((attempts[0]?.offer.pricePerGpuHour ?? 0) * spec.gpuNum).toBe(plan.pricePerHour);
      }),
      { numRuns: 1_000 },
    );
    // in many of them there is something to buy
    expect(found).toBeGreaterThan(300);
  });

  it('nothing is bought when all prices have risen above the plan, and both prices are told', async () => {
    await fc.assert(
      fc.asyncProperty(someWorld, async (world) => {
        const stage = await stageOf(world);
        const spec = specOf(world);
        const { pricePerHour } = await planned(stage, spec);
        if (pricePerHour === null) return;
        const dearest = Math.ceil(pricePerHour / spec.gpuNum) + world.rise;
        stage.shop.products = stage.shop.products.map((product) => ({
          ...product,
          available: true,
          stock: 'high',
          pricePerGpuHour: { onDemand: dearest, spot: dearest },
        }));
        stage.now = at(30);
        const free = { maxPricePerGpuHour: null, maxPricePerHour: null };
        const id = await stage.create({ ...spec, ...free, plannedPricePerHour: pricePerHour });
        await stage.reconcile();
        expect(stage.shop.orders).toEqual([]);
        const { failure, placement } = stage.snapshot(id).instance.progress;
        // what is remembered to be out of stock is not judged by its price
        if (failure === null) {
          expect(placement.waitingFor).toBe('capacity');
          return;
        }
        expect(failure).toMatchObject({ code: 'PRICE_ABOVE_PLAN' });
        expect(failure.message).toContain(`${show(dearest * spec.gpuNum)} USD per hour now`);
        expect(failure.message).toContain(`the plan said ${show(pricePerHour)} USD`);
      }),
      { numRuns: 300 },
    );
  });

  it('no price of a plan is off by the number of GPUs', async () => {
    await fc.assert(
      fc.asyncProperty(someWorld, async (world) => {
        const stage = await stageOf(world);
        const spec = specOf(world);
        const plan = await planned(stage, spec);
        const stored = { id: 'plan_x', projectId: 'p', pricePerHour: plan.pricePerHour, createdAt: T0, expiresAt: T0 };
        const shown = planView({ stored, plan, spec });
        const pricesOf = (offer: { productId: string; billingMode: 'spot' | 'onDemand' }): number =>
          stage.shop.products.find(({ productId }) => productId === offer.productId)?.pricePerGpuHour[
            offer.billingMode
          ] ?? NaN;
        for (const offer of [...shown.offers, ...shown.passedOver]) {
          expect(parseUnits(offer.pricePerGpuHour.amount)).toBe(pricesOf(offer));
          expect(parseUnits(offer.pricePerInstanceHour.amount)).toBe(pricesOf(offer) * spec.gpuNum);
        }
        for (const { pricePerInstanceHour, costToReady, secondsToReady, reclaim } of shown.offers) {
          const whole = parseUnits(pricePerInstanceHour.amount) ?? NaN;
          // the cost of the way to ready is between that of a sure offer and that of one that accepts every second time
          expect(parseUnits(costToReady.amount)).toBeGreaterThanOrEqual(Math.floor((whole * secondsToReady) / 3_600));
          expect(parseUnits(costToReady.amount)).toBeLessThanOrEqual(Math.ceil((whole * secondsToReady * 2.5) / 3_600));
          if (reclaim) expect(parseUnits(reclaim.cost.amount)).toBeLessThanOrEqual(whole);
        }
        const [first] = shown.offers;
        expect(shown.pricePerHour?.amount ?? null).toBe(first?.pricePerInstanceHour.amount ?? null);
      }),
      { numRuns: 300 },
    );
  });
});

const show = (units: number): string => {
  const [whole = '', fraction = ''] = (units / 100_000).toFixed(5).split('.');
  return `${whole}.${fraction.replace(/0{1,3}$/, '')}`;
};
