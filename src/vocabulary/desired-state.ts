import { namedWords } from './named-words.js';

/** What a caller wants an instance to be. The table `instances` accepts no other word. */
export const DESIRED_STATES = ['running', 'stopped', 'deleted'] as const;
export type DesiredState = (typeof DESIRED_STATES)[number];

export const DESIRED_STATE = namedWords(
  'DesiredState',
  DESIRED_STATES,
  'What a caller wants an instance to be.',
  'running',
);
