/** Closed sets of words that operators meet in the fleet: named types of the document and of every client made from it. */
import { FREEZE_REASONS } from '../../machines/domain/fleet-guard.js';
import { namedWords } from '../../vocabulary/named-words.js';
import { REPORTED_VERDICTS } from '../machine-report.js';

export const MACHINE_VERDICT = namedWords(
  'MachineVerdict',
  REPORTED_VERDICTS,
  'What a machine is to this service. `bound`: its instance holds it. `settling`: its instance has been waiting for it. ' +
    '`unrecorded`: its instance needs one, and the record of its create is lost. `twin`: one too many, and nobody asked ' +
    'for that. `condemned`: one too many, and being deleted. `tombstoned`: its instance was deleted, so it is being ' +
    'deleted. `unknown`: it carries our tag, and nothing tells what it is for; a person decides. `suspected`: only its ' +
    'environment carries our tag, of a create whose machine was never seen, so it may be ours, renamed by a person; it is ' +
    'left alone until a person decides. `foreign`: it carries no tag of ours and is never touched.',
);

export const FREEZE_REASON = namedWords(
  'FreezeReason',
  FREEZE_REASONS,
  'Why Novitai is frozen. `unknown-machines`: several carry our tag, and the database knows nothing of them. ' +
    '`restored-database`: such machines are younger than the database, which is an old copy then. `fleet-vanished`: most ' +
    'machines are not in the list; it ends by itself when they are back. `kill-rate`: too many were one too many.',
  'restored-database',
);
