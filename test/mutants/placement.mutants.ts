import { plantedIn } from './suite-mutant.js';

const CHOICE = 'src/placement/choose-offer.test.ts';
const CAP = 'src/placement/price-cap.test.ts';
const WORLDS = 'src/placement/choose-offer.worlds.test.ts';
const COST = 'src/placement/expected-cost.test.ts';

export const PLACEMENT_MUTANTS = plantedIn(
  'src/placement',
  [
    'the cheaper of two regions decides whether a machine is too dear',
    'price-cap.ts',
    'Math.max(...prices)',
    'Math.min(...prices)',
    CAP,
  ],
  [
    'the price of another billing mode decides whether a machine is too dear',
    'price-cap.ts',
    ' && offer.billingMode === billingMode);',
    ' && (offer.billingMode === billingMode || offer.regionId === regionId));',
    CAP,
  ],
  [
    'the dearest region decides, wherever the machine is',
    'price-cap.ts',
    '(here.length > 0 ? here : sold)',
    '(here.length > sold.length ? here : sold)',
    CAP,
  ],
  [
    'an offer that was refused is called out of stock',
    'choose-offer.ts',
    "if (codes.has('refused')) return 'refused';",
    '',
    CHOICE,
  ],
  [
    'what is told is the first thing that is wrong with any offer',
    'choose-offer.ts',
    'PASS_REASONS.findLast(',
    'PASS_REASONS.find(',
    CHOICE,
  ],
  [
    'a lack of stock fails the instance',
    'choose-offer.ts',
    "new Set(['refused', 'remembered', 'no-stock'])",
    "new Set(['refused', 'remembered'])",
    CHOICE,
  ],
  [
    'a disk that is exactly as large as the largest does not fit',
    'choose-offer.ts',
    'rootfsSizeGb <= (maxRootfsGb',
    'rootfsSizeGb < (maxRootfsGb',
    WORLDS,
  ],
  [
    'the cap of the machine is the cap of each of its GPUs',
    'price-cap.ts',
    'Math.floor(maxPricePerHour / gpuNum)',
    'Math.floor(maxPricePerHour / 1)',
    WORLDS,
  ],
  ['of two caps the looser one binds', 'price-cap.ts', 'ofGpu.perGpu <= perGpu', 'ofGpu.perGpu >= perGpu', WORLDS],
  [
    'the pull of a machine is paid for by one GPU',
    'expected-cost.ts',
    'const pricePerHour = offer.pricePerGpuHour * gpuNum;',
    'const pricePerHour = offer.pricePerGpuHour;',
    COST,
  ],
  [
    'an offer that refuses costs as much as one that accepts',
    'expected-cost.ts',
    '/ 3_600 / chance',
    '/ 3_600',
    WORLDS,
  ],
  [
    'offers are ranked by the way to ready alone',
    'expected-cost.ts',
    'costToReady + pricePerHour;',
    'costToReady;',
    COST,
  ],
  [
    'what others took on an offer says more than what the image took there',
    'expected-cost.ts',
    'learned.pulls.get(offer.regionId)?.seconds ?? memory?.ready?.seconds ??',
    'memory?.ready?.seconds ?? learned.pulls.get(offer.regionId)?.seconds ??',
    WORLDS,
  ],
  [
    'an offer that is remembered to be out of stock is asked for',
    'choose-offer.ts',
    'if (isRemembered(until, now)) return',
    'if (isRemembered(until, now) && !offer.available) return',
    WORLDS,
  ],
  [
    'on demand is taken beside spot',
    'choose-offer.ts',
    'ranking(preferred.length > 0 ? preferred : open)',
    'ranking(open)',
    WORLDS,
  ],
  [
    'a GPU of which nothing says its memory is taken',
    'choose-offer.ts',
    "if (has === null) return { code: 'gpu-memory-unknown', detail: { wanted } };",
    'if (has === null) return null;',
    WORLDS,
  ],
  [
    'a GPU with exactly the memory that was asked for has too little',
    'choose-offer.ts',
    'return has < wanted ?',
    'return has <= wanted ?',
    WORLDS,
  ],
);
