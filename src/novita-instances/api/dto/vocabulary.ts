import { namedWords } from '../../../vocabulary/named-words.js';
import { INSTANCE_STATUSES } from '../../domain/instance-phase.js';

export const INSTANCE_STATUS = namedWords(
  'InstanceStatus',
  INSTANCE_STATUSES,
  'What an instance is doing. `ready`: its workload answers; `running`: it does not yet.',
  'ready',
);
