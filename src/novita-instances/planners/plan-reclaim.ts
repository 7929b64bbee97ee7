import { holdOf } from '../../machines/domain/fleet-guard.js';
import type { Machine } from '../../machines/domain/machine.js';
import { addSeconds, latest } from '../../time/clock.js';
import { boundMachine, openAttempts, type Snapshot } from '../domain/instance.js';
import { MAX_STARTS_IN_VAIN, MOST_FAILED_REPLACEMENTS, RECOVER_START_SECONDS } from '../domain/policy.js';
import { isTaken, noticeOf, reclaimNewsOf } from '../domain/reclaim.js';
import type { SentAction } from '../domain/progress.js';
import { mayBuy } from '../domain/unreadable.js';
import type { Planner } from './planner.js';
import { beforeDeadlineOf, fail, rest, stepToAct, type Step } from './step.js';

/** What Novita shows of a reclaim is told before anything is done about it: of the current machine and of the machine that is to take over. */
export const planReclaimNews: Planner = ({ snapshot, guard, now }) => {
  const { instance, machines } = snapshot;
  if (instance.desired !== 'running' || instance.progress.failure) return null;
  const ids = [instance.machineId, instance.replacement?.successorId ?? null];
  for (const machine of machines.filter(({ machineId, goneAt }) => ids.includes(machineId) && goneAt === null)) {
    const news = reclaimNewsOf(snapshot, machine, now);
    // a machine that is not seen any more may be there all the same
    if (news && (news !== 'taken' || isTaken(machine) || !holdOf(guard, now))) {
      return { do: 'tell-reclaim', machine, news };
    }
  }
  return null;
};

/** The replacement of a machine that Novita takes back. Null: none is to begin. */
export const stepToOutrun = ({ instance }: Snapshot, now: Date): Step | null => {
  const notice = noticeOf(instance, instance.machineId);
  if (!notice || instance.spec.onReclaim !== 'replace' || !mayBuy(instance)) return null;
  if (notice.failures >= MOST_FAILED_REPLACEMENTS || instance.progress.unpullable !== null) return null;
  if (notice.notBefore && now < notice.notBefore) return rest(notice.notBefore);
  return { do: 'begin-replacement', reason: 'reclaim' };
};

/**
 * Whether the reason for the replacement is over: Novita shows that it keeps the machine. The machine has the data, so it stays. A
 * create whose outcome is not known is settled first.
 */
export const isCalledOff = (snapshot: Snapshot): boolean => {
  const { instance } = snapshot;
  const spot = boundMachine(snapshot)?.observation.spot;
  return (
    instance.replacement?.reason === 'reclaim' &&
    noticeOf(instance, instance.machineId) === null &&
    boundMachine(snapshot)?.observation.state === 'running' &&
    spot?.state === 'running' &&
    openAttempts(snapshot).length === 0
  );
};

/**
 * What becomes of an instance whose machine Novita has taken. The machine is started again where it was, and soon another one is bought:
 * nothing is left on it. A successor of a machine takes its place without that.
 */
export const stepAfterReclaim = (snapshot: Snapshot, machine: Machine, isGone: boolean, now: Date): Step => {
  const { instance } = snapshot;
  if (snapshot.base) return fail('MACHINE_RECLAIMED', 'Novita has taken the new machine back.', 'release');
  if (instance.spec.onReclaim === 'none' && !wasAskedSince(snapshot, machine, isGone)) {
    return fail(
      'MACHINE_RECLAIMED',
      'Novita has taken the spot machine back, and its data is lost. Nothing is billed for its GPU. Start the instance to run it anew, or delete it.',
      'stop',
    );
  }
  const recover: Step = { do: 'recover', machine, isGone };
  const action = lastStart(snapshot);
  if (isGone || instance.replacement || (action && isRefused(action))) return recover;
  const since = latest([machine.changedAt, instance.progress.wantedAt]);
  return beforeDeadlineOf(
    machine,
    addSeconds(since, RECOVER_START_SECONDS),
    now,
    () => stepToAct(snapshot, machine, 'start', now),
    () => recover,
  );
};

/** Whether a caller has asked for the instance to run after Novita had taken its machine. */
const wasAskedSince = ({ instance }: Snapshot, { machineId, changedAt }: Machine, isGone: boolean): boolean => {
  const takenAt = isGone ? (instance.progress.reclaims[machineId]?.takenAt ?? null) : changedAt;
  return takenAt !== null && takenAt < instance.progress.wantedAt;
};

const lastStart = ({ instance }: Snapshot): SentAction | null => {
  const { action } = instance.progress;
  return action?.verb === 'start' && action.generation === instance.generation ? action : null;
};

/** Novita will not start it, or has started it in vain too often. What passes by itself, or may have been done, is no refusal. */
const isRefused = ({ acknowledged, refusal, isPassing, doubtful, acknowledgements }: SentAction): boolean =>
  (!acknowledged && refusal !== null && !isPassing && !doubtful) || acknowledgements >= MAX_STARTS_IN_VAIN;

/** Until when the machine before the current one may drain while the current one is reclaimed. Null: as long as it takes. */
export const drainEndsBy = ({ instance }: Snapshot, leadSeconds: number): Date | null => {
  const notice = noticeOf(instance, instance.machineId);
  return notice?.deadline && instance.spec.onReclaim === 'replace' ? addSeconds(notice.deadline, -leadSeconds) : null;
};
