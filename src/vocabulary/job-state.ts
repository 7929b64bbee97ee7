import { namedWords } from './named-words.js';

/** The state of a job. The job library uses other words. */
export const JOB_STATES = ['waiting', 'retrying', 'running', 'done', 'dead', 'cancelled'] as const;
export type JobState = (typeof JOB_STATES)[number];

export const JOB_STATE = namedWords(
  'JobState',
  JOB_STATES,
  'The state of a job. `retrying`: it waits for its next run after a failed one. `dead`: it has used up its retries.',
);
