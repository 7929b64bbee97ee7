import { FAILURE_CODES } from './failure-code.js';
import { namedWords } from './named-words.js';

/** How a machine gets what an update asks for: Novita changes it where it is, or another machine is bought and takes over. */
export const UPDATE_STRATEGIES = ['inPlace', 'replace'] as const;
export type UpdateStrategy = (typeof UPDATE_STRATEGIES)[number];

export const UPDATE_STATES = ['pending', 'applied', 'failed'] as const;
export type UpdateState = (typeof UPDATE_STATES)[number];

/** Why an update has failed. The other codes are those of the machine that was to have it. */
export const UPDATE_FAILURE_CODES = [
  'UPDATE_REJECTED',
  'UPDATE_TIMEOUT',
  'DISK_CANNOT_SHRINK',
  ...FAILURE_CODES,
] as const;
export type UpdateFailureCode = (typeof UPDATE_FAILURE_CODES)[number];

export const UPDATE_STRATEGY = namedWords(
  'UpdateStrategy',
  UPDATE_STRATEGIES,
  '`inPlace`: Novita changes the machine. A new image, command or environment makes its container anew: the workload is down meanwhile, and the disk is kept. `replace`: another machine takes over when its workload answers; both are billed meanwhile, and the disk of the old machine is lost.',
  'inPlace',
);
export const UPDATE_STATE = namedWords(
  'UpdateState',
  UPDATE_STATES,
  '`pending`: the machine is not as asked for yet. `applied`: it is. `failed`: what was asked for is withdrawn, and the instance is as before.',
  'pending',
);
export const UPDATE_FAILURE_CODE = namedWords(
  'UpdateFailureCode',
  UPDATE_FAILURE_CODES,
  'Why an update has failed. Codes never change their meaning; new ones may be added.',
  'UPDATE_REJECTED',
);
