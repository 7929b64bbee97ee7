import { namedWords } from './named-words.js';

/** Why an offer of the product is not taken, in the order in which it is asked: the first that applies is the reason. */
export const PASS_REASONS = [
  'gpu-memory-unknown',
  'gpu-memory',
  'billing-mode',
  'region',
  'volume-region',
  'price',
  'wait-price',
  'disk-size',
  'refused',
  'remembered',
  'no-stock',
  'spot-first',
] as const;
export type PassReason = (typeof PASS_REASONS)[number];

export const PASS_REASON = namedWords(
  'PassReason',
  PASS_REASONS,
  'Why an offer is not taken. `volume-region`: it is not in the region of every volume. `price`: it costs more than a cap. `wait-price`: it costs more than `capacityWait.maxPricePerHour`, and is waited for. `remembered`: it was refused for lack of stock a moment ago. `spot-first`: a spot offer is taken before it.',
  'no-stock',
);

/** Why an offer is ahead of the next one. */
export const TAKEN_REASONS = ['only-one', 'expected-cost', 'stock', 'region-order', 'id', 'last'] as const;
export type TakenReason = (typeof TAKEN_REASONS)[number];

export const TAKEN_REASON = namedWords(
  'TakenReason',
  TAKEN_REASONS,
  'Why an offer is ahead of the next one. `only-one`: there is no other. `last`: there is no next one. `id`: they are equal, and ordered so that every replica chooses alike.',
  'expected-cost',
);
