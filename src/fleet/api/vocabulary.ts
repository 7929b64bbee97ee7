/** Closed sets of words that operators meet in the fleet: named types of the document and of every client made from it. */
import { FREEZE_REASONS, type Hold } from '../../machines/domain/fleet-guard.js';
import { REPORTED_VERDICTS } from '../machine-report.js';

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
  enum: ['frozen', 'unverified'] satisfies Hold['waitingFor'][],
  enumName: 'HoldReason',
  enumSchema: { description: 'Why the code does not act by its own judgement now.' },
  example: 'unverified',
};
