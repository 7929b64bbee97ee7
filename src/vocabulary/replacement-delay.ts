import { namedWords } from './named-words.js';

/** Why the replacement of a machine that has failed waits. */
export const REPLACEMENT_DELAYS = ['back-off', 'hourly-cap'] as const;
export type ReplacementDelay = (typeof REPLACEMENT_DELAYS)[number];

export const REPLACEMENT_DELAY = namedWords(
  'ReplacementDelay',
  REPLACEMENT_DELAYS,
  'Why the replacement of a machine that has failed waits. `back-off`: the machine before it has failed as well. `hourly-cap`: as many machines as allowed were replaced within the hour (MAX_REPLACEMENTS_PER_HOUR).',
  'hourly-cap',
);
