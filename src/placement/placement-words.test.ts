import { describe, expect, it } from 'vitest';
import { anAttempt, aSpec } from '../../test/support/snapshot-builder.js';
import { PASS_REASONS, type PassReason } from './choose-offer.js';
import type { OfferSpec } from './machine-spec.js';
import { sayTooDear, sayWhyNone } from './placement-words.js';

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
