import { namedWords } from './named-words.js';

/** The outcome of a create request. The table `create_attempts` accepts no other word. */
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
  'The outcome of a create request. `AMBIGUOUS`: it is unknown, and the machine is searched for. ' +
    '`ABSENT`: it is proved that there is no machine. ' +
    '`NOT_SENT`: it was never sent. `SUPERSEDED`: another one replaced it.',
  'ACCEPTED',
);
