import { plantedIn } from './suite-mutant.js';

const CHOICE = 'src/placement/choose-offer.test.ts';
const CAP = 'src/placement/price-cap.test.ts';

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
    "new Set(['refused', 'no-stock'])",
    "new Set(['refused'])",
    CHOICE,
  ],
  ['an offer of another billing mode counts as refused with its namesake', 'offer.ts', '|${billingMode}`', '`', CHOICE],
  [
    'a disk that is exactly as large as the largest does not fit',
    'choose-offer.ts',
    'rootfsSizeGb <= (maxRootfsGb',
    'rootfsSizeGb < (maxRootfsGb',
    CHOICE,
  ],
);
