/** Closed sets of words that callers meet on an instance: named types of the document and of every client made from it. */
import type { Condition } from '../../domain/conditions.js';
import type { AttemptState, DesiredState } from '../../domain/instance.js';
import type { FailureCode } from '../../domain/progress.js';
import { WAIT_REASONS } from '../../../vocabulary/wait-reason.js';
import { INSTANCE_STATUSES, type Action } from '../../domain/instance-phase.js';

/** The words of a type, all of them: a word that is missing or too many does not compile. */
const wordsOf = <Word extends string>(words: Record<Word, true>): Word[] => Object.keys(words) as Word[];

export const INSTANCE_STATUS = {
  enum: INSTANCE_STATUSES,
  enumName: 'InstanceStatus',
  enumSchema: { description: 'What an instance is doing. `ready`: its workload answers; `running`: it does not yet.' },
  example: 'ready',
};

export const DESIRED_STATE = {
  enum: wordsOf<DesiredState>({ running: true, stopped: true, deleted: true }),
  enumName: 'DesiredState',
  enumSchema: { description: 'What a caller wants of an instance.' },
  example: 'running',
};

export const INSTANCE_ACTION = {
  enum: wordsOf<Action>({ start: true, stop: true, restart: true, delete: true }),
  enumName: 'InstanceAction',
  enumSchema: { description: 'What can be asked of an instance.' },
};

export const ATTEMPT_STATE = {
  enum: wordsOf<AttemptState>({
    SENDING: true,
    ACCEPTED: true,
    REJECTED: true,
    AMBIGUOUS: true,
    ABSENT: true,
    NOT_SENT: true,
    SUPERSEDED: true,
  }),
  enumName: 'AttemptState',
  enumSchema: {
    description:
      'What became of a create request. `AMBIGUOUS`: Novita did not say, and the machine is being looked for. ' +
      '`ABSENT`: it was looked for and is not there. ' +
      '`NOT_SENT`: it never left. `SUPERSEDED`: another took its place.',
  },
  example: 'ACCEPTED',
};

export const CONDITION_TYPE = {
  enum: wordsOf<Condition['type']>({
    Placed: true,
    Provisioned: true,
    Reachable: true,
    Ready: true,
    Interrupting: true,
    WithinPriceCap: true,
  }),
  enumName: 'ConditionType',
  enumSchema: { description: 'An aspect of an instance.' },
  example: 'Ready',
};

export const FAILURE_CODE = {
  enum: wordsOf<FailureCode>({
    NO_CAPACITY: true,
    NO_OFFER: true,
    TEMPLATE_NOT_FOUND: true,
    REQUEST_REJECTED: true,
    QUOTA_REACHED: true,
    CREATE_UNCERTAIN: true,
    PROVISION_TIMEOUT: true,
    START_TIMEOUT: true,
    STOP_TIMEOUT: true,
    READINESS_TIMEOUT: true,
    MACHINE_FAILED: true,
    MACHINE_LOST: true,
    STATE_UNREADABLE: true,
  }),
  enumName: 'FailureCode',
  enumSchema: { description: 'Why an instance has failed. Codes keep their meaning; new ones may come.' },
  example: 'NO_CAPACITY',
};

export const WAIT_REASON = {
  enum: WAIT_REASONS,
  enumName: 'WaitReason',
  enumSchema: { description: 'What buying waits for.' },
};
