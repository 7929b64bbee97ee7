import type { Guard } from '../../machines/domain/fleet-guard.js';
import type { Machine } from '../../machines/domain/machine.js';
import { boundMachine, openAttempts, type Snapshot } from '../domain/instance.js';
import { isMachineGone } from '../domain/machine-verdict.js';
import type { Policy } from '../domain/policy.js';
import type { Broken } from '../domain/progress.js';
import { isGoneByReclaim, isTaken } from '../domain/reclaim.js';
import { afterFailure, brokenOf, delayOf, isInVain, isToBeReplaced } from '../domain/recovery.js';
import { mayBuy } from '../domain/unreadable.js';
import { stepAfterReclaim } from './plan-reclaim.js';
import { stepToReplace } from './plan-replacement.js';
import { fail, rest, sooner, stepToAct, type Step } from './step.js';

/**
 * What is done instead of a failure of the current machine when the request says that the machine is replaced. A machine that is gone, or
 * never ran, holds nothing: the instance lets go of it at once. Another machine is kept, with its disk, until its successor is ready.
 */
export const insteadOfFailure = (snapshot: Snapshot, step: Step, now: Date): Step => {
  const machine = boundMachine(snapshot);
  // a successor that fails ends its replacement
  if (step.do !== 'fail' || snapshot.base || !machine) return step;
  const { instance } = snapshot;
  const { failure } = step;
  if (!isToBeReplaced(instance, failure.code, machine.observation.state === 'running')) return step;
  if (!mayBuy(instance) || instance.progress.unpullable !== null) return step;
  if (isInVain(afterFailure(instance.progress, now))) {
    return fail(failure.code, `${failure.message} ${IN_VAIN}`, failure.machine);
  }
  const isGone = isMachineGone(snapshot, machine, now);
  return isGone || failure.machine === 'release'
    ? { do: 'let-go', machine, isGone, failure }
    : { do: 'mark-broken', machine, failure };
};

const IN_VAIN = 'The machines that were bought in its place have failed as well: no other one is bought.';

/** The next step of an instance whose machine is judged broken. Null: it is not. */
export const stepForBroken = (snapshot: Snapshot, guard: Guard, now: Date, policy: Policy): Step | null => {
  const { instance } = snapshot;
  const machine = boundMachine(snapshot);
  const broken = brokenOf(instance);
  if (!broken || !machine || snapshot.base) return null;
  const isGone = isMachineGone(snapshot, machine, now);
  const isWarming = instance.replacement?.phase === 'warming';
  // a machine that is not there any more needs no decision; a successor that is there takes over as it is
  if (!isWarming && (isTaken(machine) || isGoneByReclaim(snapshot, machine, now))) {
    return stepAfterReclaim(snapshot, machine, isGone, now);
  }
  if (!isWarming && isGone) return { do: 'let-go', machine, isGone, failure: { ...broken, machine: 'stop' } };
  const replace = instance.replacement
    ? stepToReplace(snapshot, guard, now, policy)
    : stepToBegin(snapshot, broken, now, policy);
  if (isGone && replace?.do !== 'for-successor') return { do: 'cut-over' };
  if (isGone) return replace;
  if (hasMended(broken, machine) && openAttempts(snapshot).length === 0 && replace?.do !== 'cut-over') {
    return { do: 'mend' };
  }
  if (machine.observation.state !== 'running' && instance.progress.readiness.runningSince) return { do: 'end-run' };
  // it does not work, so nothing is paid for its GPU; its disk is kept
  const stop = machine.observation.state === 'running' ? stepToAct(snapshot, machine, 'stop', now) : rest(null);
  return sooner(stop, replace);
};

/** A machine that was judged by its state and runs after all may be well. One whose workload did not answer ran all the time. */
const hasMended = ({ code }: Broken, { observation }: Machine): boolean =>
  code !== 'READINESS_TIMEOUT' && observation.state === 'running' && observation.failure === null;

const stepToBegin = ({ instance }: Snapshot, broken: Broken, now: Date, policy: Policy): Step => {
  const { recovery, unpullable } = instance.progress;
  if (unpullable !== null) return fail('IMAGE_PULL_FAILED', unpullable, 'stop');
  if (!mayBuy(instance)) return fail(broken.code, broken.message, 'stop');
  if (isInVain(recovery)) return fail(broken.code, `${broken.message} ${IN_VAIN}`, 'stop');
  const delay = delayOf(recovery, policy, now);
  if (!delay) return { do: 'begin-replacement', reason: 'failure' };
  const isTold = broken.delay?.why === delay.why && broken.delay.until.getTime() === delay.until.getTime();
  return isTold ? rest(delay.until) : { do: 'delay-replacement', machineId: broken.machineId, delay };
};
