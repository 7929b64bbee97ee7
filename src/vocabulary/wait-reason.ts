import { namedWords } from './named-words.js';

/** Why nothing is bought or sent now, although something should be. */
export const WAIT_REASONS = [
  'capacity',
  'balance',
  'quota',
  'rate-limit',
  'novita',
  'catalogue',
  'paused',
  'frozen',
  'unverified',
  'unreadable',
  'replacement',
] as const;
export type WaitReason = (typeof WAIT_REASONS)[number];

export const WAIT_REASON = namedWords('WaitReason', WAIT_REASONS, 'Why buying waits.');

/** Why the code does not act by its own judgement now. */
export const HOLD_REASONS = ['frozen', 'unverified'] as const satisfies readonly WaitReason[];
export type HoldReason = (typeof HOLD_REASONS)[number];

export const HOLD_REASON = namedWords(
  'HoldReason',
  HOLD_REASONS,
  'Why the code does not act by its own judgement now.',
  'unverified',
);
