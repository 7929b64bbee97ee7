import { addSeconds, latest } from '../../time/clock.js';
import type { Machine } from '../../machines/domain/machine.js';
import type { Snapshot } from '../domain/instance.js';
import { ACTION_EFFECT_SECONDS } from '../domain/policy.js';
import type { SentAction } from '../domain/progress.js';
import { fail, rest, stepToAct, type Step } from './step.js';

/**
 * A machine is down and should run. `onStartFailure` says what is done when Novita refuses to start it: a refusal that passes by itself (an
 * outage, no balance), or that may have been none, is waited for in any case.
 */
export const stepToStart = (snapshot: Snapshot, machine: Machine, now: Date): Step => {
  const { onStartFailure } = snapshot.instance.spec;
  const sent = startSent(snapshot);
  switch (onStartFailure) {
    case 'wait':
      break;
    case 'migrate':
      if (sent && mayMigrate(machine) && isMigrateNext(sent, machine))
        return stepToMigrate(snapshot, machine, sent, now);
      break;
    case 'replace':
    case 'fail':
      if (sent && isRefusedForGood(sent)) {
        return fail(
          'START_REFUSED',
          `Novita does not start the machine (${sent.refusal ?? ''}). Its disk is kept: start again, or delete it.`,
          'stop',
        );
      }
      break;
  }
  return stepToAct(snapshot, machine, 'start', now);
};

/** How often the machine was started, or moved and started, without its workload having answered. */
export const startsInVain = (snapshot: Snapshot): number => startSent(snapshot)?.acknowledgements ?? 0;

const startSent = ({ instance: { progress, generation } }: Snapshot): SentAction | null => {
  const { action } = progress;
  return (action?.verb === 'start' || action?.verb === 'migrate') && action.generation === generation ? action : null;
};

const isRefusedForGood = ({ acknowledged, refusal, isPassing, doubtful }: SentAction): boolean =>
  !acknowledged && refusal !== null && !isPassing && !doubtful;

/** Novita moves no machine that it takes back. */
const mayMigrate = ({ observation: { spot } }: Machine): boolean =>
  spot?.state !== 'notified' && spot?.state !== 'reclaiming' && spot?.state !== 'terminated';

/** A machine that has moved since, and is down again, is started where it is now. */
const isMigrateNext = (sent: SentAction, { changedAt }: Machine): boolean =>
  sent.verb === 'migrate' ? changedAt <= sent.sentAt : isRefusedForGood(sent);

/**
 * A migrate sets no level: a second one moves the machine again. So after one of unknown outcome the machine is looked at, later than its
 * effect would show, before it is sent again.
 */
const stepToMigrate = (snapshot: Snapshot, machine: Machine, sent: SentAction, now: Date): Step => {
  if (sent.verb === 'migrate' && sent.doubtful) {
    const seenBy = latest([addSeconds(sent.sentAt, ACTION_EFFECT_SECONDS), sent.notBefore]);
    if (machine.observedAt <= seenBy) return rest(now < seenBy ? seenBy : null);
  }
  return stepToAct(snapshot, machine, 'migrate', now);
};
