import { namedWords } from './named-words.js';

/** What a caller can wait for. */
export const WAIT_GOALS = ['ready', 'stopped', 'deleted'] as const;
export type WaitGoal = (typeof WAIT_GOALS)[number];

export const WAIT_GOAL = namedWords('WaitGoal', WAIT_GOALS, 'A status of an instance that can be waited for.', 'ready');
