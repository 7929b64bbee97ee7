import { describe, expect, it } from 'vitest';
import { anAttempt, aSpec } from '../../test/support/snapshot-builder.js';
import { PASS_REASONS, type PassReason } from '../vocabulary/offer-choice.js';
import type { OfferSpec } from './machine-spec.js';
import { chooseOffer } from './choose-offer.js';
import { sayAllReasons, sayPassedOver, sayTooDear, sayWhyNone } from './placement-words.js';

const offer = { ...anAttempt().offer, available: true, stock: 'normal' as const, minRootfsGb: null, maxRootfsGb: null };
const say = (code: PassReason | null, spec: Partial<OfferSpec> = {}): string =>
  sayWhyNone(aSpec(spec), { passedOver: code === null ? [] : [{ code, offer, detail: {} }] });

describe('what placement says', () => {
  it.each<[string, PassReason | null, Partial<OfferSpec>]>([
    ['no product is called "RTX 4090 24GB"', null, {}],
    ['"RTX 4090 24GB" is not offered with billing mode onDemand', 'billing-mode', { billingMode: 'onDemand' }],
    ['"RTX 4090 24GB" is not offered in mars-1, eu-de-1', 'region', { regions: ['mars-1', 'eu-de-1'] }],
    ['"RTX 4090 24GB" is not offered in the region of every volume', 'volume-region', {}],
    ['every offer costs more than maxPricePerGpuHour', 'price', { maxPricePerGpuHour: 1 }],
    ['every offer costs more than maxPricePerHour', 'price', { maxPricePerHour: 1, maxPricePerGpuHour: null }],
    [
      'no GPU of "L40S" or "RTX 4090" has 80 GB of memory',
      'gpu-memory',
      { productName: null, gpu: { names: ['L40S', 'RTX 4090'], minMemoryGb: 80 } },
    ],
    [
      'no offer of any product says in its name how much memory the GPU has, and gpu.minMemoryGb was asked for',
      'gpu-memory-unknown',
      { productName: null, gpu: { names: [], minMemoryGb: 80 } },
    ],
    ['every fitting offer was refused for lack of capacity a moment ago, and is asked again soon', 'remembered', {}],
    ['no offer has a root disk of the size that was asked for', 'disk-size', {}],
    ['every fitting offer was refused for lack of capacity', 'refused', {}],
    ['every fitting offer is out of stock', 'no-stock', {}],
  ])('%s', (sentence, code, spec) => {
    expect(say(code, spec)).toBe(sentence);
  });

  it('tells both prices when every offer costs more than the plan said', () => {
    const spec = aSpec({ gpuNum: 8, plannedPricePerHour: 8 * 17_000 });
    const dear = { ...offer, regionId: 'eu-de-1', pricePerGpuHour: 19_000 };
    expect(sayWhyNone(spec, chooseOffer(spec, [dear, offer], { now: new Date(0) }))).toBe(
      'the cheapest offer costs 1.44 USD per hour now, and the plan said 1.36 USD per hour',
    );
  });

  it('names each offer with its reason, but no more than ten', () => {
    const spec = aSpec({ gpuNum: 2, maxPricePerHour: 30_000 });
    const dear = { ...offer, available: false, stock: 'none' as const };
    const cheap = { ...dear, regionId: 'eu-de-1', pricePerGpuHour: 9_000 };
    expect(sayAllReasons(spec, chooseOffer(spec, [dear, cheap], { now: new Date(0) }))).toBe(
      'every fitting offer is out of stock (RTX 4090 24GB in us-ca-6 as spot: it costs 0.36 USD per hour, above maxPricePerHour (0.30 USD); RTX 4090 24GB in eu-de-1 as spot: it is out of stock)',
    );
    const many = Array.from({ length: 12 }, (_, at) => ({ ...cheap, regionId: `r${at}` }));
    expect(sayAllReasons(spec, chooseOffer(spec, many, { now: new Date(0) }))).toMatch(/r9 .*; and 2 more\)$/);
  });

  it('says why an offer is passed over, in other words for each reason', () => {
    const spec = aSpec({ maxPricePerGpuHour: 1 });
    const said = PASS_REASONS.map((code) => sayPassedOver(spec, { code, offer, detail: { has: 24 } }));
    // what Novita has refused is the same, in this round or before; so is a price, whatever sets its cap
    expect(new Set(said).size).toBe(PASS_REASONS.length - 2);
  });

  it('is another sentence for each reason', () => {
    expect(new Set(PASS_REASONS.map((code) => say(code))).size).toBe(PASS_REASONS.length);
  });

  it('names the price and the cap of a machine that is not started', () => {
    const cap = { field: 'maxPricePerGpuHour' as const, given: 20_000, perGpu: 20_000 };
    const ofMachine = { field: 'maxPricePerHour' as const, given: 160_000, perGpu: 20_000 };
    expect(sayTooDear({ code: 'above-cap', cap: ofMachine, price: 20_001 })).toMatch(
      /more than maxPricePerHour \(1\.60 USD\)/,
    );
    expect(sayTooDear({ code: 'above-cap', cap, price: 20_001 })).toMatch(
      /costs 0\.20001 USD .* more than maxPricePerGpuHour \(0\.20 USD\)/,
    );
    expect(sayTooDear({ code: 'prices-unknown', cap })).toMatch(/does not say .* 0\.20 USD/);
    expect(sayTooDear({ code: 'not-sold', cap })).toMatch(/does not list .* 0\.20 USD/);
  });
});
