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
    ['every offer costs more than maxPricePerGpuHour', 'price', {}],
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
    expect(sayTooDear({ code: 'above-cap', cap: 20_000, price: 20_001 })).toMatch(
      /costs 0\.20001 USD .* more than maxPricePerGpuHour \(0\.20 USD\)/,
    );
    expect(sayTooDear({ code: 'prices-unknown', cap: 20_000 })).toMatch(/does not say .* 0\.20 USD/);
    expect(sayTooDear({ code: 'not-sold', cap: 20_000 })).toMatch(/does not list .* 0\.20 USD/);
  });
});
