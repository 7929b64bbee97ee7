import { namedWords } from './named-words.js';

/** How Novita bills a machine: `spot` costs less, and Novita may take the machine back. */
export const BILLING_MODES = ['onDemand', 'spot'] as const;
export type BillingMode = (typeof BILLING_MODES)[number];

/** What a request may ask for. `spotThenOnDemand` buys on demand only when no spot offer can be had. */
export const BILLING_CHOICES = [...BILLING_MODES, 'spotThenOnDemand'] as const;
export type BillingChoice = (typeof BILLING_CHOICES)[number];

export const BILLING_CHOICE = namedWords(
  'BillingChoice',
  BILLING_CHOICES,
  'How the machine may be billed. `spotThenOnDemand`: as `spot`, or as `onDemand` when no spot offer can be had.',
  'spot',
);

export const BILLING_MODE = namedWords(
  'BillingMode',
  BILLING_MODES,
  'How a machine is billed. `spot` costs about half, and Novita may take the machine back.',
  'spot',
);
