import { namedWords } from './named-words.js';

/** What became of a create request. The table `create_attempts` takes no other word. */
export const ATTEMPT_STATES = [
  'SENDING',
  'ACCEPTED',
  'REJECTED',
  'AMBIGUOUS',
  'ABSENT',
  'NOT_SENT',
  'SUPERSEDED',
] as const;
export type AttemptState = (typeof ATTEMPT_STATES)[number];

export const ATTEMPT_STATE = namedWords(
  'AttemptState',
  ATTEMPT_STATES,
  'What became of a create request. `AMBIGUOUS`: Novita did not say, and the machine is being looked for. ' +
    '`ABSENT`: it was looked for and is not there. ' +
    '`NOT_SENT`: it never left. `SUPERSEDED`: another took its place.',
  'ACCEPTED',
);
