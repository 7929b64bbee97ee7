import { plantedIn } from './suite-mutant.js';

const EXPLAIN = 'src/explanation/explain.test.ts';

export const EXPLANATION_MUTANTS = plantedIn(
  'src/explanation',
  [
    'a stopped machine is said to cost as much as one that runs',
    'explain.ts',
    'machine.goneAt === null && isCharged(machine)',
    'machine.goneAt === null',
    EXPLAIN,
  ],
  [
    'a machine with data on its disk is said to be deleted at the deadline',
    'explain.ts',
    'machine && !mayHoldData(machine)',
    'machine && mayHoldData(machine)',
    EXPLAIN,
  ],
  [
    'a wait is said to end now',
    'explain.ts',
    "{ step: 'wait', slot: 'current', at: step.until }",
    "{ step: 'wait', slot: 'current', at: now }",
    EXPLAIN,
  ],
  [
    'the step of a successor is said to be of the current machine',
    'explain.ts',
    "slot: 'successor' };",
    "slot: 'current' };",
    EXPLAIN,
  ],
);
