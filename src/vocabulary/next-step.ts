import { namedWords } from './named-words.js';

/** What Novitai does next for an instance, in words for callers. */
export const NEXT_STEPS = [
  'wait',
  'buy',
  'settle-create',
  'adopt',
  'start',
  'stop',
  'restart',
  'migrate',
  'update',
  'probe',
  'delete-machine',
  'cut-over',
  'fail',
  'record',
] as const;
export type NextStep = (typeof NEXT_STEPS)[number];

export const NEXT_STEP = namedWords(
  'NextStep',
  NEXT_STEPS,
  '`wait`: for a time, or for a change at Novita. `settle-create`: find out what became of a create. `cut-over`: the new machine takes over. `update`: compare the machine with what is asked for, and have Novita change it. `record`: write down what was seen.',
  'wait',
);

/** What may not last for ever. */
export const DEADLINE_KINDS = ['capacity', 'provision', 'start', 'stop', 'readiness'] as const;
export type DeadlineKind = (typeof DEADLINE_KINDS)[number];

export const DEADLINE_KIND = namedWords(
  'DeadlineKind',
  DEADLINE_KINDS,
  'What may not last for ever: `capacity`: the search for an offer. `provision`: until the first run. `start`: starts and restarts. `readiness`: until the workload answers.',
  'readiness',
);
