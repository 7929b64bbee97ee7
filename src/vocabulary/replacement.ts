import { namedWords } from './named-words.js';

/**
 * Why the machine of an instance is replaced. `requested`: a caller asked for it. `reclaim`: Novita takes the machine back. `failure`: it
 * has failed or does not start, and the request says that it is replaced then. `update`: an update asks for it.
 */
export const REPLACEMENT_REASONS = ['requested', 'reclaim', 'failure', 'update'] as const;
export type ReplacementReason = (typeof REPLACEMENT_REASONS)[number];

/**
 * How far a replacement has come. `placing`: the new machine is being bought. `warming`: it is there, and its workload is awaited.
 * `draining`: it has taken over, and the old machine is deleted in a moment.
 */
export const REPLACEMENT_PHASES = ['placing', 'warming', 'draining'] as const;
export type ReplacementPhase = (typeof REPLACEMENT_PHASES)[number];

/** The place of a machine in its instance. `successor`: it is to take over from the current machine. */
export const SLOTS = ['current', 'successor'] as const;
export type Slot = (typeof SLOTS)[number];

export const SLOT = namedWords(
  'Slot',
  SLOTS,
  '`current`: for the machine of the instance. `successor`: for the machine that is to replace it, until it has taken over or has failed.',
  'current',
);
export const REPLACEMENT_REASON = namedWords(
  'ReplacementReason',
  REPLACEMENT_REASONS,
  'Why the machine of an instance is replaced. `requested`: a caller asked for it. `reclaim`: Novita takes the machine back. `failure`: it has failed or does not start, and the request says that it is replaced then. `update`: an update asks for it.',
  'requested',
);
export const REPLACEMENT_PHASE = namedWords(
  'ReplacementPhase',
  REPLACEMENT_PHASES,
  '`placing`: the new machine is being bought. `warming`: its workload is awaited. `draining`: it has taken over, and the old machine is deleted soon.',
  'warming',
);
