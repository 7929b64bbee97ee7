/** No price is off by the number of GPUs, wherever one is compared, stored, shown or told. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { offerList } from '../../src/catalogue/api/catalogue.view.js';
import { NOTHING_KNOWN } from '../../src/catalogue/domain/offer-memory.js';
import { explain } from '../../src/explanation/explain.js';
import { parseUnits } from '../../src/money/price.js';
import { instanceView } from '../../src/novita-instances/api/instance.view.js';
import { conditionsOf } from '../../src/novita-instances/domain/conditions.js';
import { pricePerHour } from '../../src/novita-instances/domain/quota.js';
import { createIntended, intendedAttempt } from '../../src/novita-instances/transitions/create-transitions.js';
import { chooseOffer } from '../../src/placement/choose-offer.js';
import { overCapEvents, whyTooDearToStart } from '../../src/placement/price-cap.js';
import { aMachine, anAttempt, anInstance, aSpec, at, holding, OPEN, POLICY, T0 } from '../support/snapshot-builder.js';

const world = fc.record({
  gpuNum: fc.integer({ min: 1, max: 8 }),
  price: fc.integer({ min: 1, max: 500_000 }),
  /** Of the whole machine, around what it costs. */
  beside: fc.integer({ min: -9, max: 9 }),
});

it.each([1, 8, null])(
  'with %s GPUs (null: any number), the machine costs the price of one times their number',
  (fixed) => {
    fc.assert(
      fc.property(world, ({ gpuNum: drawn, price, beside }) => {
        const gpuNum = fixed ?? drawn;
        const whole = price * gpuNum;
        const cap = Math.max(0, whole + beside);
        const isUnder = whole <= cap;
        const spec = aSpec({ gpuNum, maxPricePerHour: cap });
        const taken = { ...anAttempt().offer, pricePerGpuHour: price };
        const offer = {
          ...taken,
          available: true,
          stock: 'high' as const,
          cpuPerGpu: 1,
          memoryGbPerGpu: 1,
          minRootfsGb: null,
          maxRootfsGb: null,
        };

        // what is bought, and what it is expected to cost
        const placement = chooseOffer(spec, [offer], { now: T0 });
        expect(placement.kind).toBe(isUnder ? 'offer' : 'no-such-offer');
        if (placement.kind === 'offer') expect(placement.ranked[0]?.estimate.pricePerHour).toBe(whole);
        expect(whyTooDearToStart(spec, taken, [taken]) === null).toBe(isUnder);
        expect(overCapEvents(spec, taken, 'm1')).toHaveLength(isUnder ? 0 : 1);
        expect(chooseOffer(aSpec({ gpuNum, maxPricePerGpuHour: price }), [offer], { now: T0 }).kind).toBe('offer');
        expect(chooseOffer(aSpec({ gpuNum, maxPricePerGpuHour: price - 1 }), [offer], { now: T0 }).kind).not.toBe(
          'offer',
        );

        // what is stored and told of the create: the price of one GPU, and the limits of the project hold for all
        const instance = anInstance({ spec });
        const before = { instance, attempts: [], machines: [] };
        const attempt = intendedAttempt(before, { number: 1, tag: 'nvt-tag', offer: taken }, POLICY, T0);
        expect(attempt.offer.pricePerGpuHour).toBe(price);
        const intended = createIntended(before, attempt, T0);
        expect(intended.pricePerHour).toBe(whole);
        expect(unitsOf(intended.events?.[0]?.data)).toBe(price);

        // what is shown of the machine
        const held = { ...holding(aMachine('running'), instance), attempts: [anAttempt({ offer: taken })] };
        expect(pricePerHour(held)).toBe(whole);
        expect(explain(held, OPEN, at(1), POLICY).pricePerHour).toBe(whole);
        const { placement: shown, maxPricePerHour } = instanceView(held, { secrets: false });
        expect(parseUnits(shown?.pricePerGpuHour.amount ?? '')).toBe(price);
        expect(parseUnits(shown?.pricePerInstanceHour.amount ?? '')).toBe(whole);
        expect(parseUnits(maxPricePerHour ?? '')).toBe(cap);
        expect(conditionsOf(held).find(({ type }) => type === 'WithinPriceCap')?.status).toBe(isUnder);

        // what is listed
        const [listed] = offerList({ value: [offer], observedAt: T0 }, { gpuNum }, NOTHING_KNOWN, T0).data;
        expect(parseUnits(listed?.pricePerGpuHour.amount ?? '')).toBe(price);
        expect(parseUnits(listed?.pricePerInstanceHour.amount ?? '')).toBe(whole);
        const filter = { gpuNum, maxPricePerHour: listed?.pricePerInstanceHour.amount ?? '' };
        expect(offerList({ value: [offer], observedAt: T0 }, filter, NOTHING_KNOWN, T0).data).toHaveLength(1);
      }),
      { numRuns: 200 },
    );
  },
);

const unitsOf = (data: object | undefined): number | null =>
  data && 'pricePerGpuHour' in data ? parseUnits((data.pricePerGpuHour as { amount: string }).amount) : null;
