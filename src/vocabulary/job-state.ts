import { namedWords } from './named-words.js';

/** Where a job stands. The job library has other words for these. */
export const JOB_STATES = ['waiting', 'retrying', 'running', 'done', 'dead', 'cancelled'] as const;
export type JobState = (typeof JOB_STATES)[number];

export const JOB_STATE = namedWords(
  'JobState',
  JOB_STATES,
  'Where a job stands. `retrying` waits for its next run after a failed one; `dead` has used up its retries.',
);
