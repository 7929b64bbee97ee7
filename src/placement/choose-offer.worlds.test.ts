/**
 * The choice over small worlds. A world is a few lines: `region mode price`, and what is out of the ordinary about the offer. The
 * expectation lists the ranking (region and mode, or product when it differs), what put the first one first, and each refused
 * offer with its reason.
 */
import { describe, expect, it } from 'vitest';
import { aSpec, at, T0 } from '../../test/support/snapshot-builder.js';
import {
  HALF_LIFE_SECONDS,
  learn,
  offerKeyOf,
  type Learned,
  type Lesson,
  type OfferKey,
  type OfferMemory,
} from '../catalogue/domain/offer-memory.js';
import type { StockLevel } from '../vocabulary/stock-level.js';
import { chooseOffer, type Placement } from './choose-offer.js';
import type { OfferSpec, VolumeMount } from './machine-spec.js';
import type { Offer } from './offer.js';

const REGIONS: Record<string, string> = {
  us: 'US-01 (California)',
  eu: 'EU-01 (Frankfurt)',
  as: 'AS-01 (Singapore)',
  au: 'AU-01 (Sydney)',
};
const PRODUCTS: Record<string, string> = {
  '4090': 'RTX 4090 24GB',
  '4090D': 'RTX 4090D 24GB',
  l40s: 'L40S 48GB',
  h100: 'H100 SXM 80GB',
  odd: 'Mystery Card',
};

interface Known {
  accepted?: number;
  refused?: number;
  /** Seconds ago, of all of these. */
  ago?: number;
  readyIn?: number;
  /** Remembered to be out of stock for so many seconds more. */
  outFor?: number;
}
interface World {
  /** `region mode price [product] [stock]`; prices in 1/1000 USD per GPU and hour. Stock `none`: not available. */
  offers: string[];
  spec?: Partial<OfferSpec>;
  /** What is known of an offer, by `region mode` of the first offer there. */
  known?: Record<string, Known>;
  /** Seconds that the image took, by region. */
  pulls?: Record<string, number>;
  /** The region of each volume. */
  volumes?: Record<string, string>;
  /** Refused in this round. */
  refused?: string[];
  disk?: { least?: number; most?: number };
}
interface Expected {
  ranking: string[];
  because?: string;
  passed?: string[];
  kind?: Placement['kind'];
}

const MODES = { s: 'spot', o: 'onDemand' } as const;

const offersOf = ({ offers, disk }: World): Offer[] =>
  offers.map((line) => {
    const [region = '', mode = 's', price = '0', product = '4090', stock = 'normal'] = line.split(' ');
    return {
      productId: product,
      productName: PRODUCTS[product] ?? product,
      regionId: region,
      regionName: REGIONS[region] ?? region,
      billingMode: MODES[mode as 's' | 'o'],
      pricePerGpuHour: Number(price) * 100,
      available: stock !== 'none',
      stock: stock as StockLevel,
      minRootfsGb: disk?.least ?? 10,
      maxRootfsGb: disk?.most ?? 1_024,
    };
  });

const nameOf = ({ regionId, billingMode, productId }: OfferKey): string =>
  `${regionId} ${billingMode === 'spot' ? 's' : 'o'}${productId === '4090' ? '' : ` ${productId}`}`;

const memoryOf = (offer: OfferKey, { accepted = 0, refused = 0, ago = 0, readyIn, outFor }: Known): OfferMemory => {
  const then = at(-ago);
  const lessons: Exclude<Lesson, { kind: 'pulled' }>[] = [
    ...Array.from({ length: accepted }, () => ({ kind: 'accepted', offer }) as const),
    ...Array.from({ length: refused }, () => ({ kind: 'out-of-stock', offer, until: then }) as const),
    ...(readyIn === undefined ? [] : [{ kind: 'ready', offer, seconds: readyIn } as const]),
    ...(outFor === undefined ? [] : [{ kind: 'out-of-stock', offer, until: at(outFor) } as const]),
  ];
  const memory = lessons.reduce<OfferMemory | null>((before, lesson) => learn(before, lesson, then), null);
  if (!memory) throw new Error('nothing is known');
  return memory;
};

const placed = (world: World): Placement => {
  const offers = offersOf(world);
  const named = (name: string): Offer => {
    const found = offers.find((offer) => nameOf(offer) === name);
    if (!found) throw new Error(`no offer is ${name}`);
    return found;
  };
  const learned: Learned = {
    offers: new Map(
      Object.entries(world.known ?? {}).map(([name, known]) => {
        const offer = named(name);
        return [offerKeyOf(offer), memoryOf(offer, known)];
      }),
    ),
    pulls: new Map(
      Object.entries(world.pulls ?? {}).map(([region, seconds]) => [region, { seconds, weight: 1, learnedAt: T0 }]),
    ),
  };
  const spec = aSpec({ productName: 'RTX 4090', ...world.spec });
  const volumes = Object.entries(world.volumes ?? {}).map(([volumeId, clusterId]) => ({ volumeId, clusterId }));
  return chooseOffer(spec, offers, { refused: (world.refused ?? []).map(named), learned, volumes, now: T0 });
};

const either: Partial<OfferSpec> = { orOnDemand: true };
const anyGpu = (minMemoryGb: number | null, ...names: string[]): Partial<OfferSpec> => ({
  productName: null,
  gpu: { names, minMemoryGb },
});
const mount = (id: string): VolumeMount => ({ id, mountPath: `/${id}` });
const three = ['us s 180', 'eu s 190', 'as s 200'];
const two = ['us s 180', 'eu s 180'];
const mixed = ['us s 180', 'eu s 190', 'us o 350', 'eu o 340'];
const cards = ['us s 180', 'us s 250 l40s', 'us s 700 h100', 'us s 100 odd'];

const WORLDS: Record<string, [World, Expected]> = {
  // prices
  'one offer': [{ offers: ['us s 180'] }, { ranking: ['us s'], because: 'only-one' }],
  'the cheapest of three': [{ offers: three }, { ranking: ['us s', 'eu s', 'as s'], because: 'expected-cost' }],
  'the cheapest of three, listed last': [
    { offers: three.toReversed() },
    { ranking: ['us s', 'eu s', 'as s'], because: 'expected-cost' },
  ],
  'a tenth of a cent decides': [
    { offers: ['us s 181', 'eu s 180'] },
    { ranking: ['eu s', 'us s'], because: 'expected-cost' },
  ],
  'nothing is for sale': [{ offers: [] }, { ranking: [], kind: 'no-such-offer', passed: [] }],
  'a cap per GPU that one offer meets': [
    { offers: three, spec: { maxPricePerGpuHour: 18_000 } },
    { ranking: ['us s'], because: 'only-one', passed: ['eu s: price', 'as s: price'] },
  ],
  'a cap per GPU below all': [
    { offers: three, spec: { maxPricePerGpuHour: 17_999 } },
    { ranking: [], kind: 'no-such-offer', passed: ['us s: price', 'eu s: price', 'as s: price'] },
  ],
  // the number of GPUs
  'eight GPUs rank as one does': [
    { offers: three, spec: { gpuNum: 8 } },
    { ranking: ['us s', 'eu s', 'as s'], because: 'expected-cost' },
  ],
  'a cap for the machine, one GPU': [
    { offers: three, spec: { maxPricePerHour: 19_000 } },
    { ranking: ['us s', 'eu s'], because: 'expected-cost', passed: ['as s: price'] },
  ],
  'a cap for the machine, eight GPUs': [
    { offers: three, spec: { maxPricePerHour: 152_000, gpuNum: 8 } },
    { ranking: ['us s', 'eu s'], because: 'expected-cost', passed: ['as s: price'] },
  ],
  'a cap for the machine that one GPU would meet, and eight do not': [
    { offers: three, spec: { maxPricePerHour: 20_000, gpuNum: 8 } },
    { ranking: [], kind: 'no-such-offer', passed: ['us s: price', 'eu s: price', 'as s: price'] },
  ],
  'a cap per GPU is not divided by the GPUs': [
    { offers: three, spec: { maxPricePerGpuHour: 20_000, gpuNum: 8 } },
    { ranking: ['us s', 'eu s', 'as s'], because: 'expected-cost' },
  ],
  'a cap for the machine that is missed by one unit': [
    { offers: three, spec: { maxPricePerHour: 143_999, gpuNum: 8 } },
    { ranking: [], kind: 'no-such-offer', passed: ['us s: price', 'eu s: price', 'as s: price'] },
  ],
  'the tighter of two caps, that of the machine': [
    { offers: three, spec: { maxPricePerHour: 36_000, maxPricePerGpuHour: 20_000, gpuNum: 2 } },
    { ranking: ['us s'], because: 'only-one', passed: ['eu s: price', 'as s: price'] },
  ],
  'the tighter of two caps, that of the GPU': [
    { offers: three, spec: { maxPricePerHour: 90_000, maxPricePerGpuHour: 19_000, gpuNum: 2 } },
    { ranking: ['us s', 'eu s'], because: 'expected-cost', passed: ['as s: price'] },
  ],
  // stock
  'the better stocked of equals': [
    { offers: ['us s 180 4090 low', 'eu s 180 4090 high'] },
    { ranking: ['eu s', 'us s'], because: 'stock' },
  ],
  'an unknown stock is better than a low one': [
    { offers: ['us s 180 4090 low', 'eu s 180 4090 unknown'] },
    { ranking: ['eu s', 'us s'], because: 'stock' },
  ],
  'a normal stock is better than an unknown one': [
    { offers: ['us s 180 4090 unknown', 'eu s 180 4090 normal'] },
    { ranking: ['eu s', 'us s'], because: 'stock' },
  ],
  'stock does not outdo price': [
    { offers: ['us s 180 4090 low', 'eu s 181 4090 high'] },
    { ranking: ['us s', 'eu s'], because: 'expected-cost' },
  ],
  'the cheapest has no stock': [
    { offers: ['us s 180 4090 none', 'eu s 190'] },
    { ranking: ['eu s'], because: 'only-one', passed: ['us s: no-stock'] },
  ],
  'nothing has stock': [
    { offers: ['us s 180 4090 none', 'eu s 190 4090 none'] },
    { ranking: [], kind: 'no-capacity', passed: ['us s: no-stock', 'eu s: no-stock'] },
  ],
  'what has stock is too dear': [
    { offers: ['us s 180 4090 none', 'eu s 190'], spec: { maxPricePerGpuHour: 18_500 } },
    { ranking: [], kind: 'no-capacity', passed: ['us s: no-stock', 'eu s: price'] },
  ],
  'what has stock is too dear, and so is the rest': [
    { offers: ['us s 180 4090 none', 'eu s 190'], spec: { maxPricePerGpuHour: 100 } },
    { ranking: [], kind: 'no-such-offer', passed: ['us s: price', 'eu s: price'] },
  ],
  // regions
  'one region': [
    { offers: three, spec: { regions: ['as'] } },
    { ranking: ['as s'], because: 'only-one', passed: ['us s: region', 'eu s: region'] },
  ],
  'two regions, the cheaper one first': [
    { offers: three, spec: { regions: ['as', 'eu'] } },
    { ranking: ['eu s', 'as s'], because: 'expected-cost', passed: ['us s: region'] },
  ],
  'of equals the region that was named first': [
    { offers: two, spec: { regions: ['us', 'eu'] } },
    { ranking: ['us s', 'eu s'], because: 'region-order' },
  ],
  'of equals the region that was named first, the other way round': [
    { offers: two, spec: { regions: ['eu', 'us'] } },
    { ranking: ['eu s', 'us s'], because: 'region-order' },
  ],
  'of equals without a word the first by id': [{ offers: two }, { ranking: ['eu s', 'us s'], because: 'id' }],
  'a region by its code': [
    { offers: three, spec: { regions: ['EU-01'] } },
    { ranking: ['eu s'], because: 'only-one', passed: ['us s: region', 'as s: region'] },
  ],
  'a region by its name': [
    { offers: three, spec: { regions: ['eu-01 (frankfurt)'] } },
    { ranking: ['eu s'], because: 'only-one', passed: ['us s: region', 'as s: region'] },
  ],
  'a region where nothing is sold': [
    { offers: three, spec: { regions: ['au'] } },
    { ranking: [], kind: 'no-such-offer', passed: ['us s: region', 'eu s: region', 'as s: region'] },
  ],
  'stock goes before the order of regions': [
    { offers: ['us s 180 4090 low', 'eu s 180 4090 high'], spec: { regions: ['us', 'eu'] } },
    { ranking: ['eu s', 'us s'], because: 'stock' },
  ],
  // billing modes
  'spot alone': [
    { offers: mixed },
    { ranking: ['us s', 'eu s'], because: 'expected-cost', passed: ['us o: billing-mode', 'eu o: billing-mode'] },
  ],
  'on demand alone': [
    { offers: mixed, spec: { billingMode: 'onDemand' } },
    { ranking: ['eu o', 'us o'], because: 'expected-cost', passed: ['us s: billing-mode', 'eu s: billing-mode'] },
  ],
  'spot first': [
    { offers: mixed, spec: either },
    { ranking: ['us s', 'eu s'], because: 'expected-cost', passed: ['us o: spot-first', 'eu o: spot-first'] },
  ],
  'spot first, although on demand is cheaper': [
    { offers: ['us s 400', 'eu o 100'], spec: either },
    { ranking: ['us s'], because: 'only-one', passed: ['eu o: spot-first'] },
  ],
  'on demand when spot has no stock': [
    { offers: ['us s 180 4090 none', 'us o 350', 'eu o 340'], spec: either },
    { ranking: ['eu o', 'us o'], because: 'expected-cost', passed: ['us s: no-stock'] },
  ],
  'on demand when spot was refused in this round': [
    { offers: mixed, spec: either, refused: ['us s', 'eu s'] },
    { ranking: ['eu o', 'us o'], because: 'expected-cost', passed: ['us s: refused', 'eu s: refused'] },
  ],
  'the other spot offer before on demand': [
    { offers: mixed, spec: either, refused: ['us s'] },
    { ranking: ['eu s'], because: 'only-one', passed: ['us s: refused', 'us o: spot-first', 'eu o: spot-first'] },
  ],
  'on demand when spot is remembered to be out of stock': [
    { offers: ['us s 180', 'eu o 340'], spec: either, known: { 'us s': { outFor: 60 } } },
    { ranking: ['eu o'], because: 'only-one', passed: ['us s: remembered'] },
  ],
  'on demand when spot is above the cap': [
    { offers: ['us s 400', 'eu o 340'], spec: { ...either, maxPricePerGpuHour: 35_000 } },
    { ranking: ['eu o'], because: 'only-one', passed: ['us s: price'] },
  ],
  'on demand when spot is sold elsewhere only': [
    { offers: ['us s 180', 'eu o 340'], spec: { ...either, regions: ['eu'] } },
    { ranking: ['eu o'], because: 'only-one', passed: ['us s: region'] },
  ],
  'on demand above the cap is not taken either': [
    { offers: ['us s 180 4090 none', 'us o 350'], spec: { ...either, maxPricePerGpuHour: 20_000 } },
    { ranking: [], kind: 'no-capacity', passed: ['us s: no-stock', 'us o: price'] },
  ],
  'neither spot nor on demand has stock': [
    { offers: ['us s 180 4090 none', 'us o 350 4090 none'], spec: either },
    { ranking: [], kind: 'no-capacity', passed: ['us s: no-stock', 'us o: no-stock'] },
  ],
  'nothing is sold as spot': [
    { offers: ['us o 350'], spec: either },
    { ranking: ['us o'], because: 'only-one' },
  ],
  'nothing is sold on demand': [
    { offers: ['us s 180'], spec: { billingMode: 'onDemand' } },
    { ranking: [], kind: 'no-such-offer', passed: ['us s: billing-mode'] },
  ],
  'eight GPUs, spot too dear for the machine, on demand not': [
    { offers: ['us s 400', 'us o 300'], spec: { ...either, gpuNum: 8, maxPricePerHour: 250_000 } },
    { ranking: ['us o'], because: 'only-one', passed: ['us s: price'] },
  ],
  // GPUs
  'another card is not looked at': [
    { offers: ['us s 180', 'us s 100 4090D'] },
    { ranking: ['us s'], because: 'only-one' },
  ],
  'any GPU, by price': [
    { offers: cards, spec: anyGpu(null) },
    { ranking: ['us s odd', 'us s', 'us s l40s', 'us s h100'], because: 'expected-cost' },
  ],
  'any GPU with 24 GB': [
    { offers: cards, spec: anyGpu(24) },
    { ranking: ['us s', 'us s l40s', 'us s h100'], because: 'expected-cost', passed: ['us s odd: gpu-memory-unknown'] },
  ],
  'any GPU with 25 GB': [
    { offers: cards, spec: anyGpu(25) },
    {
      ranking: ['us s l40s', 'us s h100'],
      because: 'expected-cost',
      passed: ['us s: gpu-memory', 'us s odd: gpu-memory-unknown'],
    },
  ],
  'any GPU with 81 GB': [
    { offers: cards, spec: anyGpu(81) },
    {
      ranking: [],
      kind: 'no-such-offer',
      passed: ['us s: gpu-memory', 'us s l40s: gpu-memory', 'us s h100: gpu-memory', 'us s odd: gpu-memory-unknown'],
    },
  ],
  'two names': [
    { offers: cards, spec: anyGpu(null, 'H100', 'L40S') },
    { ranking: ['us s l40s', 'us s h100'], because: 'expected-cost' },
  ],
  'two names and a memory': [
    { offers: cards, spec: anyGpu(80, 'H100', 'L40S') },
    { ranking: ['us s h100'], because: 'only-one', passed: ['us s l40s: gpu-memory'] },
  ],
  'a name whose memory is not known': [
    { offers: cards, spec: anyGpu(1, 'Mystery') },
    { ranking: [], kind: 'no-such-offer', passed: ['us s odd: gpu-memory-unknown'] },
  ],
  'a name that nothing has': [
    { offers: cards, spec: anyGpu(null, 'V100') },
    { ranking: [], kind: 'no-such-offer', passed: [] },
  ],
  'memory of one GPU, not of eight': [
    { offers: cards, spec: { ...anyGpu(100), gpuNum: 8 } },
    {
      ranking: [],
      kind: 'no-such-offer',
      passed: ['us s: gpu-memory', 'us s l40s: gpu-memory', 'us s h100: gpu-memory', 'us s odd: gpu-memory-unknown'],
    },
  ],
  'a dear GPU that has stock': [
    { offers: ['us s 180 4090 none', 'us s 700 h100'], spec: anyGpu(24) },
    { ranking: ['us s h100'], because: 'only-one', passed: ['us s: no-stock'] },
  ],
  // disks
  'a disk that fits': [
    { offers: ['us s 180'], spec: { rootfsSizeGb: 1_024 } },
    { ranking: ['us s'], because: 'only-one' },
  ],
  'a disk that is too large': [
    { offers: ['us s 180'], spec: { rootfsSizeGb: 1_025 } },
    { ranking: [], kind: 'no-such-offer', passed: ['us s: disk-size'] },
  ],
  'a disk that is too small': [
    { offers: ['us s 180'], spec: { rootfsSizeGb: 60 }, disk: { least: 80 } },
    { ranking: [], kind: 'no-such-offer', passed: ['us s: disk-size'] },
  ],
  // what was refused and what is remembered
  'the next one after a refusal': [
    { offers: three, refused: ['us s'] },
    { ranking: ['eu s', 'as s'], because: 'expected-cost', passed: ['us s: refused'] },
  ],
  'all were refused': [
    { offers: two, refused: ['us s', 'eu s'] },
    { ranking: [], kind: 'no-capacity', passed: ['us s: refused', 'eu s: refused'] },
  ],
  'another instance was refused a moment ago': [
    { offers: three, known: { 'us s': { outFor: 1 } } },
    { ranking: ['eu s', 'as s'], because: 'expected-cost', passed: ['us s: remembered'] },
  ],
  'the memory is over': [
    { offers: ['us s 180', 'eu s 220'], known: { 'us s': { outFor: 0 } } },
    { ranking: ['us s', 'eu s'], because: 'expected-cost' },
  ],
  'all are remembered': [
    { offers: two, known: { 'us s': { outFor: 9 }, 'eu s': { outFor: 90 } } },
    { ranking: [], kind: 'no-capacity', passed: ['us s: remembered', 'eu s: remembered'] },
  ],
  'spot is remembered, its namesake on demand is not': [
    { offers: ['us s 180', 'us o 350'], spec: { billingMode: 'onDemand' }, known: { 'us s': { outFor: 60 } } },
    { ranking: ['us o'], because: 'only-one', passed: ['us s: billing-mode'] },
  ],
  // what was learned
  'of equals the one that has accepted': [
    { offers: two, known: { 'us s': { accepted: 3 } } },
    { ranking: ['us s', 'eu s'], because: 'expected-cost' },
  ],
  'of equals the one that has not refused': [
    { offers: two, known: { 'eu s': { refused: 1 } } },
    { ranking: ['us s', 'eu s'], because: 'expected-cost' },
  ],
  'a few refusals outdo a small difference in price': [
    { offers: ['us s 180', 'eu s 182'], known: { 'us s': { refused: 4 } } },
    { ranking: ['eu s', 'us s'], because: 'expected-cost' },
  ],
  'a few refusals do not outdo a large one': [
    { offers: ['us s 180', 'eu s 350'], known: { 'us s': { refused: 4 } } },
    { ranking: ['us s', 'eu s'], because: 'expected-cost' },
  ],
  'refusals of last week are forgotten': [
    { offers: ['us s 180', 'eu s 182'], known: { 'us s': { refused: 4, ago: 14 * HALF_LIFE_SECONDS } } },
    { ranking: ['us s', 'eu s'], because: 'expected-cost' },
  ],
  'the quicker of equals': [
    { offers: two, known: { 'us s': { readyIn: 100 }, 'eu s': { readyIn: 200 } } },
    { ranking: ['us s', 'eu s'], because: 'expected-cost' },
  ],
  'a slow pull is paid for': [
    { offers: ['us s 180', 'eu s 190'], pulls: { us: 1_500, eu: 60 } },
    { ranking: ['eu s', 'us s'], because: 'expected-cost' },
  ],
  'a slow pull does not outdo a large difference in price': [
    { offers: ['us s 180', 'eu s 400'], pulls: { us: 1_500, eu: 60 } },
    { ranking: ['us s', 'eu s'], because: 'expected-cost' },
  ],
  'what this image took says more than what others took': [
    { offers: two, known: { 'us s': { readyIn: 50 }, 'eu s': { readyIn: 50 } }, pulls: { us: 400, eu: 300 } },
    { ranking: ['eu s', 'us s'], because: 'expected-cost' },
  ],
  'eight GPUs pay for the pull eight times, and rank alike': [
    { offers: ['us s 180', 'eu s 190'], spec: { gpuNum: 8 }, pulls: { us: 1_500, eu: 60 } },
    { ranking: ['eu s', 'us s'], because: 'expected-cost' },
  ],
  'what was learned goes before stock': [
    { offers: ['us s 180 4090 low', 'eu s 180 4090 high'], known: { 'us s': { accepted: 1 } } },
    { ranking: ['us s', 'eu s'], because: 'expected-cost' },
  ],
  'what was learned does not break a cap': [
    { offers: ['us s 180', 'eu s 190'], spec: { maxPricePerGpuHour: 18_000 }, known: { 'us s': { refused: 9 } } },
    { ranking: ['us s'], because: 'only-one', passed: ['eu s: price'] },
  ],
  // volumes
  'the region of the volume': [
    { offers: three, spec: { volumes: [mount('models')] }, volumes: { models: 'as' } },
    { ranking: ['as s'], because: 'only-one', passed: ['us s: volume-region', 'eu s: volume-region'] },
  ],
  'volumes in two regions': [
    { offers: three, spec: { volumes: [mount('models'), mount('data')] }, volumes: { models: 'as', data: 'us' } },
    {
      ranking: [],
      kind: 'no-such-offer',
      passed: ['us s: volume-region', 'eu s: volume-region', 'as s: volume-region'],
    },
  ],
  'a volume, and a region without it': [
    { offers: two, spec: { regions: ['eu'], volumes: [mount('models')] }, volumes: { models: 'us' } },
    { ranking: [], kind: 'no-such-offer', passed: ['us s: region', 'eu s: volume-region'] },
  ],
  'the region of the volume is out of stock': [
    { offers: ['us s 180', 'eu s 190 4090 none'], spec: { volumes: [mount('models')] }, volumes: { models: 'eu' } },
    { ranking: [], kind: 'no-capacity', passed: ['us s: volume-region', 'eu s: no-stock'] },
  ],
  'volumes of others restrict nothing': [
    { offers: two, volumes: { models: 'eu' } },
    { ranking: ['eu s', 'us s'], because: 'id' },
  ],
  // all at once
  'three regions are out of stock, each in its own way, and the fourth is free': [
    {
      offers: ['us s 180 4090 none', 'eu s 181', 'as s 182', 'au s 183'],
      refused: ['eu s'],
      known: { 'as s': { outFor: 30 } },
    },
    { ranking: ['au s'], because: 'only-one', passed: ['us s: no-stock', 'eu s: refused', 'as s: remembered'] },
  ],
  'every reason in one world': [
    {
      offers: [
        'us s 180',
        'eu s 181 4090 none',
        'as s 182',
        'us s 900 l40s',
        'us s 90 odd',
        'eu o 340',
        'us s 183 4090D',
        'us s 50 v100',
      ],
      spec: { ...anyGpu(24), ...either, maxPricePerGpuHour: 40_000 },
      refused: ['as s'],
      known: { 'us s 4090D': { outFor: 5 } },
    },
    {
      ranking: ['us s'],
      because: 'only-one',
      passed: [
        'eu s: no-stock',
        'as s: refused',
        'us s l40s: price',
        'us s odd: gpu-memory-unknown',
        'us s 4090D: remembered',
        'us s v100: gpu-memory-unknown',
        'eu o: spot-first',
      ],
    },
  ],
};

describe('in this world, these offers in this order, and the others for these reasons:', () => {
  it.each(Object.entries(WORLDS))('%s', (_, [world, { ranking, because, passed = [], kind = 'offer' }]) => {
    const placement = placed(world);
    expect(placement.kind).toBe(kind);
    expect(placement.passedOver.map(({ offer, code }) => `${nameOf(offer)}: ${code}`).sort()).toEqual(
      passed.toSorted(),
    );
    if (placement.kind !== 'offer') return;
    expect(placement.ranked.map(({ offer }) => nameOf(offer))).toEqual(ranking);
    expect(placement.offer).toBe(placement.ranked[0]?.offer);
    expect(placement.ranked[0]?.because).toBe(because);
    if (ranking.length > 1) expect(placement.ranked.at(-1)?.because).toBe('last');
  });

  it('are at least sixty', () => {
    expect(Object.keys(WORLDS).length).toBeGreaterThanOrEqual(60);
  });

  it('are the same, whatever the order in which the offers are listed', () => {
    for (const [world] of Object.values(WORLDS)) {
      const there = placed(world);
      const back = placed({ ...world, offers: world.offers.toReversed() });
      const namesOf = (placement: Placement) =>
        placement.kind === 'offer' ? placement.ranked.map(({ offer }) => nameOf(offer)) : placement.kind;
      expect(namesOf(back)).toEqual(namesOf(there));
    }
  });
});
