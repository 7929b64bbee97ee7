import { namedWords } from './named-words.js';

/** An aspect of an instance that is true or not. */
export const CONDITION_TYPES = [
  'Placed',
  'Provisioned',
  'Reachable',
  'Ready',
  'Interrupting',
  'WithinPriceCap',
  'UpToDate',
] as const;
export type ConditionType = (typeof CONDITION_TYPES)[number];

export const CONDITION_TYPE = namedWords('ConditionType', CONDITION_TYPES, 'An aspect of an instance.', 'Ready');
