import { addSeconds } from '../../time/clock.js';
import { isGone } from './absence.js';
import { instancePhase } from './instance-phase.js';
import { boundMachine, openAttempts, type Attempt, type Facts, type Failure } from './instance.js';
import { stepToRun } from './plan-run.js';
import { CLEAN_PASSES_NEEDED, SENDER_MARGIN_SECONDS, type Policy } from './policy.js';
import { beforeDeadline, earliest, fail, rest, stepToAct, stepToRelease, type Step } from './step.js';

/**
 * Chooses the next step. Pure and total: same facts, same step. Promises:
 * - never places while a machine may exist or appear (a bound machine, or a create whose outcome is unknown);
 * - a delete is finished only when every machine is proved gone and no create is unaccounted for;
 * - a second machine of an instance is given back, whatever else is wanted.
 */
export const planNextStep = (facts: Facts, now: Date, policy: Policy): Step => {
  const status = instancePhase(facts);
  if (status !== facts.instance.toldStatus) return { do: 'tell', status };
  return (
    stepForStrayMachine(facts, now) ??
    stepForOpenAttempt(facts, now, policy) ??
    (facts.instance.desired === 'deleted' ? stepToDelete(facts, now) : null) ??
    (facts.instance.progress.failure ? stepForFailure(facts, now, facts.instance.progress.failure) : null) ??
    (facts.instance.desired === 'stopped' ? stepToStop(facts, now, policy) : stepToRun(facts, now, policy))
  );
};

/** A machine with our tag that the instance does not hold: either the one we were waiting for, or one too many. */
const stepForStrayMachine = (facts: Facts, now: Date): Step | null => {
  const { instance, attempts } = facts;
  const strays = facts.machines
    .filter((machine) => machine.goneAt === null && machine.machineId !== instance.machineId)
    .sort((a, b) => a.attemptNumber - b.attemptNumber);
  for (const machine of strays) {
    if (isGone(machine, now)) return { do: 'bury', machine };
    const attempt = attempts.find(({ number }) => number === machine.attemptNumber);
    if (attempt && mayAdopt(facts, attempt)) return { do: 'adopt', attempt, machine };
    const release = stepToRelease(facts, machine, true, now);
    if (release.do !== 'rest') return release;
  }
  return null;
};

const mayAdopt = (facts: Facts, attempt: Attempt): boolean => {
  if (facts.instance.machineId !== null) return false;
  if (attempt.state === 'SENDING' || attempt.state === 'AMBIGUOUS') return true;
  // given up too early: still ours, and cheaper to keep than to buy again
  const wanted = facts.instance.desired !== 'deleted' && facts.instance.progress.failure === null;
  return attempt.state === 'ABSENT' && wanted && openAttempts(facts).length === 0;
};

const stepForOpenAttempt = (facts: Facts, now: Date, policy: Policy): Step | null => {
  const waits: Date[] = [];
  for (const attempt of openAttempts(facts)) {
    if (attempt.state === 'SENDING') {
      const senderDeadAt = addSeconds(attempt.sentAt, policy.requestTimeoutSeconds + SENDER_MARGIN_SECONDS);
      if (now >= senderDeadAt) return { do: 'doubt', attempt };
      waits.push(senderDeadAt);
    } else {
      const settled = now >= attempt.settleAfter;
      if (settled && attempt.cleanPasses >= CLEAN_PASSES_NEEDED) return { do: 'write-off', attempt };
      waits.push(settled ? addSeconds(now, 2) : attempt.settleAfter);
    }
  }
  // a bound machine is given back at once, also while another create is unaccounted for
  if (waits.length === 0 || facts.instance.machineId !== null) return null;
  return rest(earliest(waits));
};

const stepToDelete = (facts: Facts, now: Date): Step => {
  if (facts.instance.deletedAt) return rest(null);
  const machine = boundMachine(facts);
  if (machine && machine.goneAt === null) {
    return isGone(machine, now) ? { do: 'bury', machine } : stepToRelease(facts, machine, false, now);
  }
  const left = facts.machines.some(({ goneAt }) => goneAt === null) || openAttempts(facts).length > 0;
  return left ? rest(addSeconds(now, 2)) : { do: 'finish-delete' };
};

const stepForFailure = (facts: Facts, now: Date, failure: Failure): Step => {
  const machine = boundMachine(facts);
  if (!machine || machine.goneAt) return rest(null);
  if (isGone(machine, now)) return { do: 'bury', machine };
  if (failure.machine === 'release') return stepToRelease(facts, machine, false, now);
  return machine.observation.state === 'running' ? stepToAct(facts, machine, 'stop', now) : rest(null);
};

const stepToStop = (facts: Facts, now: Date, policy: Policy): Step => {
  const machine = boundMachine(facts);
  if (!machine || machine.goneAt) return rest(null);
  if (isGone(machine, now)) return { do: 'bury', machine };
  if (facts.instance.progress.readiness.runningSince && machine.observation.state !== 'running')
    return { do: 'end-run' };
  if (machine.observation.state === 'exited') return rest(null);
  return beforeDeadline(
    addSeconds(facts.instance.progress.wantedAt, policy.stopTimeoutSeconds),
    now,
    // Novita stops only what runs: whatever is still moving is waited for, and the looks tell when it arrives
    () => (machine.observation.state === 'running' ? stepToAct(facts, machine, 'stop', now) : rest(null)),
    () =>
      fail(
        'STOP_TIMEOUT',
        `The machine did not stop within ${policy.stopTimeoutSeconds} s (last seen: ${machine.observation.statusWord}) and may be billed. Stopping goes on; delete it to be sure.`,
        'stop',
      ),
  );
};
