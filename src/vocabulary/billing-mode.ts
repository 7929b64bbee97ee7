import { namedWords } from './named-words.js';

/** How Novita bills a machine: `spot` costs less, and Novita may take the machine back. */
export const BILLING_MODES = ['onDemand', 'spot'] as const;
export type BillingMode = (typeof BILLING_MODES)[number];

export const BILLING_MODE = namedWords(
  'BillingMode',
  BILLING_MODES,
  'How a machine is billed. `spot` costs about half, and Novita may take the machine back.',
  'spot',
);
