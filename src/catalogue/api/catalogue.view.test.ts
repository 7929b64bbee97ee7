import { describe, expect, it } from 'vitest';
import type { Template } from '../../novita-api/novita-client.js';
import type { Offer } from '../domain/offers.js';
import { learn, NOTHING_KNOWN, offerKeyOf, type Learned, type OfferMemory } from '../domain/offer-memory.js';
import * as view from './catalogue.view.js';

const observedAt = new Date('2026-01-02T03:04:05.678Z');
const { templateList } = view;
const offerList = (
  offers: Parameters<typeof view.offerList>[0],
  query: Parameters<typeof view.offerList>[1],
  learned: Learned = NOTHING_KNOWN,
) => view.offerList(offers, query, learned, observedAt);

const offer = (productId: string, pricePerGpuHour: number, changes: Partial<Offer> = {}): Offer => ({
  productId,
  productName: 'RTX 4090 24GB',
  regionId: 'us-ca-6',
  regionName: 'US-CA-06 (California)',
  billingMode: 'spot',
  pricePerGpuHour,
  available: true,
  stock: 'high',
  cpuPerGpu: 16,
  memoryGbPerGpu: 62,
  minRootfsGb: null,
  maxRootfsGb: null,
  ...changes,
});

describe('the list of offers', () => {
  it('begins with the cheapest, and lists equals in one order', () => {
    const elsewhere = { regionId: 'eu-de-1', regionName: 'EU-DE-01 (Germany)' };
    const value = [offer('c', 35_000), offer('a', 100_000), offer('b', 21_000), offer('c', 35_000, elsewhere)];
    for (const order of [value, value.toReversed()]) {
      const { data } = offerList({ value: [...order], observedAt }, {});
      expect(data.map(({ productId, regionId }) => `${productId} ${regionId}`)).toEqual([
        'b us-ca-6',
        'c eu-de-1',
        'c us-ca-6',
        'a us-ca-6',
      ]);
    }
  });

  it('prices one GPU, and the instance with as many as were asked for', () => {
    const pricesOf = (gpuNum?: number) =>
      offerList({ value: [offer('a', 35_000)], observedAt }, gpuNum === undefined ? {} : { gpuNum }).data.map(
        ({ pricePerGpuHour, pricePerInstanceHour }) => [pricePerGpuHour.amount, pricePerInstanceHour.amount],
      );
    expect(pricesOf()).toEqual([['0.35', '0.35']]);
    expect(pricesOf(8)).toEqual([['0.35', '2.80']]);
  });

  it('has what fits every filter', () => {
    const value = [
      offer('a', 1, { productName: 'H100' }),
      offer('b', 2, { billingMode: 'onDemand' }),
      offer('c', 3, { regionId: 'eu-de-1', regionName: 'EU-DE-01 (Germany)' }),
      offer('d', 4),
    ];
    const listed = (query: Parameters<typeof offerList>[1]) =>
      offerList({ value: [...value], observedAt }, query).data.map(({ productId }) => productId);
    expect(listed({ productName: 'RTX 4090' })).toEqual(['b', 'c', 'd']);
    expect(listed({ billingMode: 'spot' })).toEqual(['a', 'c', 'd']);
    expect(listed({ region: 'US-CA-06' })).toEqual(['a', 'b', 'd']);
    expect(listed({ productName: 'RTX 4090', billingMode: 'spot', region: 'us-ca-6' })).toEqual(['d']);
    expect(listed({ minGpuMemoryGb: 24 })).toEqual(['b', 'c', 'd']);
    expect(listed({ minGpuMemoryGb: 25 })).toEqual([]);
    expect(listed({ maxPricePerGpuHour: '0.00003' })).toEqual(['a', 'b', 'c']);
    expect(listed({ maxPricePerHour: '0.00024', gpuNum: 8 })).toEqual(['a', 'b', 'c']);
    expect(listed({ maxPricePerHour: '0.00023', gpuNum: 8 })).toEqual(['a', 'b']);
  });

  it('shows what was learned of an offer, for all or for one image', () => {
    const known = offer('a', 1);
    const until = new Date('2026-01-02T03:06:00.000Z');
    const lessons = [
      { kind: 'accepted', offer: known },
      { kind: 'ready', offer: known, seconds: 139.6 },
      { kind: 'out-of-stock', offer: known, until },
    ] as const;
    const memory = lessons.reduce<OfferMemory | null>((before, lesson) => learn(before, lesson, observedAt), null);
    const learned = {
      offers: new Map(memory ? [[offerKeyOf(known), memory]] : []),
      pulls: new Map([['eu-de-1', { seconds: 61, weight: 1, learnedAt: observedAt }]]),
    };
    const elsewhere = { regionId: 'eu-de-1', regionName: 'EU-DE-01 (Germany)' };
    const { data } = offerList({ value: [known, offer('b', 2, elsewhere), offer('c', 3)], observedAt }, {}, learned);
    expect(data.map((one) => one.learned)).toEqual([
      {
        chance: 0.67,
        successes: 1,
        refusals: 1,
        secondsToReady: 140,
        pullSeconds: null,
        outOfStockUntil: until.toISOString(),
      },
      { chance: 0.75, successes: 0, refusals: 0, secondsToReady: null, pullSeconds: 61, outOfStockUntil: null },
      null,
    ]);
  });
});

it('the list of templates names the variables of each, and shows no value', () => {
  const template: Template = {
    templateId: '7',
    name: 'vllm',
    readme: '',
    channel: 'official',
    image: 'vllm/vllm:1',
    registryAuthId: null,
    command: null,
    entrypoint: null,
    rootfsSizeGb: 60,
    ports: [{ port: 8000, protocol: 'http' }],
    envs: [{ key: 'HF_TOKEN', value: 'hunter2' }],
    minCudaVersion: null,
  };
  expect(templateList({ value: [template], observedAt })).toEqual({
    data: [
      {
        id: '7',
        name: 'vllm',
        channel: 'official',
        image: 'vllm/vllm:1',
        rootfsSizeGb: 60,
        ports: [{ port: 8000, protocol: 'http' }],
        envKeys: ['HF_TOKEN'],
      },
    ],
    observedAt: '2026-01-02T03:04:05.678Z',
  });
});
