import type { Machine } from '../../machines/domain/machine.js';
import { backOffAfter, type BackOff } from '../../time/back-off.js';
import { addSeconds } from '../../time/clock.js';
import { boundMachine, type Instance, type Snapshot } from './instance.js';
import { isMachineGone } from './machine-verdict.js';
import { MOST_FAILED_REPLACEMENTS } from './policy.js';
import type { Progress, Reclaim } from './progress.js';

/**
 * Novita may take a spot machine back. It announces that an hour ahead, mostly, and may call it off. What was seen is stored with the
 * instance when it is first seen, so that an assumed deadline does not move. On a machine that was taken nothing is left.
 */
export type ReclaimNews = 'noticed' | 'called-off' | 'taken';

/** In seconds. A replacement that fails may have been paid for. */
const REPLACEMENT_RETRIES: BackOff = { first: 60, most: 900 };

/**
 * Whether the machine is down because Novita has taken it. A machine that a person has stopped carries no time, and another word. A machine
 * that went down by itself after its notice keeps its disk until the time has come.
 */
export const isTaken = ({ observation: { state, spot }, observedAt }: Machine): boolean =>
  state === 'exited' &&
  spot !== null &&
  (spot.state === 'terminated' || (spot.reclaimAt !== null && new Date(spot.reclaimAt) <= observedAt));

/** The notice that Novita has given of a machine. Null: there is none, or it is over. */
export const noticeOf = ({ progress: { reclaims } }: Instance, machineId: string | null): Reclaim | null => {
  const reclaim = reclaims[machineId ?? ''];
  return reclaim?.takenAt === null ? reclaim : null;
};

/** Whether a machine is gone since Novita has taken it. */
export const isGoneByReclaim = (snapshot: Snapshot, machine: Machine, now: Date): boolean =>
  isMachineGone(snapshot, machine, now) && hasSign(snapshot.instance, machine);

const hasSign = ({ progress: { reclaims } }: Instance, { machineId, observation: { spot } }: Machine): boolean =>
  reclaims[machineId] !== undefined || (spot !== null && spot.state !== 'running');

/** In these a machine may have been noticed. The word of a machine that was taken stays until it runs again. */
const isUp = ({ observation: { state } }: Machine): boolean => state === 'running' || state === 'stopping';

/** What is seen of a machine and not told yet. Null: nothing. */
export const reclaimNewsOf = (snapshot: Snapshot, machine: Machine, now: Date): ReclaimNews | null => {
  const reclaim = snapshot.instance.progress.reclaims[machine.machineId] ?? null;
  const notice = noticeOf(snapshot.instance, machine.machineId);
  const { spot } = machine.observation;
  if (isTaken(machine)) return reclaim?.takenAt && reclaim.takenAt >= machine.changedAt ? null : 'taken';
  if (isGoneByReclaim(snapshot, machine, now)) return reclaim && !notice ? null : 'taken';
  if (isUp(machine) && (spot?.state === 'notified' || spot?.state === 'reclaiming')) {
    const isNamedNow = notice?.isAssumed && spot.reclaimAt !== null;
    return notice && !isNamedNow ? null : 'noticed';
  }
  return notice && machine.observation.state === 'running' && spot?.state === 'running' ? 'called-off' : null;
};

/** A replacement of a machine that is reclaimed has failed: the next one begins later each time. */
export const afterFailedReplacement = ({ machineId, progress, replacement }: Instance, failedAt: Date): Progress => {
  const reclaim = machineId === null ? undefined : progress.reclaims[machineId];
  if (machineId === null || !reclaim || replacement?.reason !== 'reclaim') return progress;
  const failures = reclaim.failures + 1;
  const notBefore = addSeconds(failedAt, backOffAfter(failures, REPLACEMENT_RETRIES));
  return { ...progress, reclaims: { ...progress.reclaims, [machineId]: { ...reclaim, failures, notBefore } } };
};

/** The reclaim that is shown of an instance: of its machine, or of the last machine that Novita has taken. */
export const shownReclaim = ({
  machineId,
  progress: { reclaims },
}: Instance): (Reclaim & { machineId: string }) | null => {
  const ofCurrent = reclaims[machineId ?? ''];
  if (machineId !== null && ofCurrent) return { ...ofCurrent, machineId };
  const [last] = Object.entries(reclaims)
    .filter(([, { takenAt }]) => takenAt !== null)
    .sort(([, a], [, b]) => Number(b.takenAt) - Number(a.takenAt));
  return last ? { ...last[1], machineId: last[0] } : null;
};

/** What a caller of an instance that should run has to know of a reclaim, in sentences. Null: nothing. */
export const reclaimMessage = (snapshot: Snapshot): string | null => {
  const { instance } = snapshot;
  if (instance.desired !== 'running' || instance.progress.failure) return null;
  const machine = boundMachine(snapshot);
  const notice = noticeOf(instance, instance.machineId);
  if (notice) {
    return `Novita takes the machine back at ${notice.deadline?.toISOString() ?? 'a time that is not known'}, and its data is lost then. ${next(instance, notice)}`;
  }
  const last = shownReclaim(instance);
  const isDown = machine === null || (last?.machineId === machine.machineId && isTaken(machine));
  return last?.takenAt && isDown
    ? `Novita took machine ${last.machineId} back, as was seen at ${last.takenAt.toISOString()}: its data is lost.`
    : null;
};

const next = ({ spec, replacement, progress }: Instance, { failures, notBefore }: Reclaim): string => {
  switch (replacement?.phase) {
    case 'placing':
      return replacement.placement.detail === null
        ? 'A new machine is being bought.'
        : `A new machine cannot be bought yet, and the machine runs to its end meanwhile: ${replacement.placement.detail}`;
    case 'warming':
      return 'A new machine is there, and takes over when its workload answers.';
    case 'draining':
      return 'A new machine is bought when the machine before it has drained.';
    case undefined:
      break;
  }
  switch (spec.onReclaim) {
    case 'none':
      return 'The instance rests after that, as onReclaim says.';
    case 'wait':
      return 'After that it is started again, or another machine is bought.';
    case 'replace':
      if (progress.unpullable !== null)
        return `No other machine is bought, and it runs to its end: ${progress.unpullable}`;
      if (failures >= MOST_FAILED_REPLACEMENTS)
        return `${failures} new machines have failed: it runs to its end, and after that another machine is bought.`;
      return notBefore
        ? `A new machine has failed: another one is bought at ${notBefore.toISOString()}.`
        : 'A new machine is bought at once.';
  }
};
