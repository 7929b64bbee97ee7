/** Closed sets of words that callers meet on an instance and in the fleet: named types of the document and of every client made from it. */
import type { Condition } from '../../domain/conditions.js';
import { FREEZE_REASONS, type Hold } from '../../domain/fleet-guard.js';
import type { AttemptState, DesiredState, FailureCode, WaitReason } from '../../domain/instance.js';
import { INSTANCE_STATUSES, type Action } from '../../domain/instance-phase.js';
import { REPORTED_VERDICTS } from '../../workflow/machine-report.js';

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

export const MACHINE_VERDICT = {
  enum: REPORTED_VERDICTS,
  enumName: 'MachineVerdict',
  enumSchema: {
    description:
      'What a machine is to this service. `bound`: its instance holds it. `settling`: its instance has been waiting for it. ' +
      '`unrecorded`: its instance needs one, and the record of its create is lost. `twin`: one too many, and nobody asked ' +
      'for that. `condemned`: one too many, and being given back. `tombstoned`: its instance was deleted, so it is being ' +
      'given back. `unknown`: it carries our tag, and nothing tells what it is for; a person decides. `suspected`: only its ' +
      'environment carries our tag, of a create whose machine was never seen, so it may be ours, renamed by a person; it is ' +
      'left alone until a person decides. `foreign`: it carries no tag of ours and is never touched.',
  },
};

export const FREEZE_REASON = {
  enum: FREEZE_REASONS,
  enumName: 'FreezeReason',
  enumSchema: {
    description:
      'Why Novitai is frozen. `unknown-machines`: several carry our tag, and the database knows nothing of them. ' +
      '`restored-database`: such machines are younger than the database, which is an old copy then. `fleet-vanished`: most ' +
      'machines are not in the list; it ends by itself when they are back. `kill-rate`: too many were one too many.',
  },
  example: 'restored-database',
};

export const HOLD_REASON = {
  enum: wordsOf<Hold['waitingFor']>({ frozen: true, unverified: true }),
  enumName: 'HoldReason',
  enumSchema: { description: 'Why the code does not act by its own judgement now.' },
  example: 'unverified',
};

export const WAIT_REASON = {
  enum: wordsOf<WaitReason>({
    capacity: true,
    balance: true,
    'rate-limit': true,
    novita: true,
    catalogue: true,
    paused: true,
    frozen: true,
    unverified: true,
    unreadable: true,
  }),
  enumName: 'WaitReason',
  enumSchema: { description: 'What buying waits for.' },
};
