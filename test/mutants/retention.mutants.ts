import { plantedIn } from './suite-mutant.js';

const TASK = 'src/retention/retention.task.test.ts';
const STORE = 'test/integration/retention.test.ts';
const HOOKS = 'test/integration/webhooks-of-instances.test.ts';

export const RETENTION_MUTANTS = plantedIn(
  'src/retention',
  [
    'a deleted instance goes while a machine of it is not proved gone',
    'postgres-retention-store.ts',
    'AND NOT EXISTS (SELECT FROM machines m WHERE m.instance_id = i.id AND m.gone_at IS NULL)',
    '',
    STORE,
  ],
  [
    'a deleted instance goes while a create of it is in doubt',
    'postgres-retention-store.ts',
    "a.state IN ('SENDING', 'AMBIGUOUS'))",
    "a.state IN ('SENDING'))",
    STORE,
  ],
  [
    'a deleted instance goes before its webhook was told',
    'postgres-retention-store.ts',
    "d.webhook_id = w.id AND d.state = 'waiting'",
    "d.webhook_id = w.id AND d.state = 'never'",
    HOOKS,
  ],
  [
    'a deleted instance goes whose events no webhook has collected',
    'postgres-retention-store.ts',
    'OR EXISTS (SELECT FROM events e WHERE e.subject_id = i.id AND e.position > w.position)',
    '',
    HOOKS,
  ],
  [
    'an attempt goes that has a machine',
    'postgres-retention-store.ts',
    'AND NOT EXISTS (SELECT FROM machines m WHERE m.instance_id = a.instance_id AND m.attempt_number = a.number)',
    '',
    STORE,
  ],
  [
    'the attempts that answers show go too',
    'postgres-retention-store.ts',
    'WHERE instance_id = a.instance_id) - ${SHOWN_ATTEMPTS}',
    'WHERE instance_id = a.instance_id)',
    STORE,
  ],
  [
    'events may be deleted by all who use a connection after retention',
    'postgres-retention-store.ts',
    "set_config('novitai.retention', 'on', true)",
    "set_config('novitai.retention', 'on', false)",
    STORE,
  ],
  [
    'what is to be kept for ever is deleted at once',
    'expiry.ts',
    'days === 0 ? null : addSeconds',
    'days < 0 ? null : addSeconds',
    TASK,
  ],
  [
    'a run of retention never ends while there is something to delete',
    'retention.task.ts',
    'signal.aborted || parts.clock.monotonicMs() >= overAtMs',
    'signal.aborted',
    TASK,
  ],
  ['retention leaves no pause to others', 'retention.task.ts', 'if (rows > 0) await parts.pause(PAUSE_MS);', '', TASK],
);
