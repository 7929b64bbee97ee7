import { addSeconds } from '../../time/clock.js';
import { holdOf, isStaleWish, type Guard } from '../../machines/domain/fleet-guard.js';
import { instancePhase } from './instance-phase.js';
import { deadlineOf } from './deadlines.js';
import { boundMachine, openAttempts, type Facts } from './instance.js';
import type { Failure } from './progress.js';
import { mayHoldData, type Machine } from '../../machines/domain/machine.js';
import { isMachineGone, judgeMachine } from './machine-verdict.js';
import { disprovedOf } from './disproved-word.js';
import { overdueOf } from './overdue.js';
import { stepForOpenAttempt } from './plan-open-attempts.js';
import { stepForStaleReplacement, stepToReplace } from './plan-replacement.js';
import { stepToRun } from './plan-run.js';
import { isOfSuccessor, keptByReplacement, seenFromSuccessor } from './replacement.js';
import { HELD_RECHECK_SECONDS, type Policy } from './policy.js';
import { beforeDeadlineOf, earliest, fail, rest, stepToAct, stepToRelease, type Step } from './step.js';

/**
 * Chooses the next step. Pure and total: same facts, same step. Promises:
 * - never places while a machine may exist or appear (a bound machine, or a create whose outcome is unknown);
 * - a delete is finished only when every machine is proved gone and no create is unaccounted for;
 * - a second machine of an instance is given back, whatever else is wanted, but not while the guard holds;
 * - what a caller wished is told apart from what the code concludes: only the second is ever held.
 */
export const planNextStep = (facts: Facts, guard: Guard, now: Date, policy: Policy): Step => {
  const status = instancePhase(facts);
  if (status !== facts.instance.toldStatus) return { do: 'tell', status };
  const disproved = disprovedOf(facts);
  if (disproved) return { do: 'disprove', disproved };
  const step =
    stepForStrayMachine(facts, guard, now, policy) ??
    heldUnlessAllowed(facts, guard, now, stepForInstance(facts, guard, now, policy));
  // what can be done comes before what is told
  const overdue = step.do === 'rest' ? overdueOf(facts, now) : null;
  return overdue ? { do: 'raise', overdue } : step;
};

const stepForInstance = (facts: Facts, guard: Guard, now: Date, policy: Policy): Step => {
  const stale = stepForStaleReplacement(facts);
  if (stale) return stale;
  const { desired, progress } = facts.instance;
  // those of a successor are its own, and nothing waits for them but itself
  const open = facts.instance.replacement?.phase === 'placing' ? null : stepForOpenAttempt(facts, now, policy);
  if (open) return open;
  if (desired === 'deleted') return stepToDelete(facts, now);
  if (progress.failure) return stepForFailure(facts, now, progress.failure);
  if (desired === 'stopped') return stepToStop(facts, guard, now, policy);
  return firstOf(stepToRun(facts, guard, now, policy), stepToReplace(facts, guard, now, policy), facts);
};

/** The current machine comes first. When nothing can be done for it any more, a successor that is there takes over as it is. */
const firstOf = (run: Step, replace: Step | null, { instance: { replacement } }: Facts): Step => {
  if (!replace) return run;
  if (run.do === 'fail' && replacement?.successorId && replacement.phase === 'warming') {
    return replace.do === 'for-successor' && replace.step.do === 'fail' ? replace : { do: 'cut-over' };
  }
  if (run.do !== 'rest') return run;
  if (replace.do !== 'rest') return replace;
  const times = [run.until, replace.until].filter((time) => time !== null);
  return rest(times.length > 0 ? earliest(times) : null);
};

/** A machine with our tag that the instance does not hold: either the one we were waiting for, or one too many. */
const stepForStrayMachine = (facts: Facts, guard: Guard, now: Date, policy: Policy): Step | null => {
  const { instance } = facts;
  const kept = keptByReplacement(instance);
  const strays = facts.machines
    .filter(({ machineId, goneAt }) => goneAt === null && machineId !== instance.machineId && !kept.includes(machineId))
    // the earliest attempt wins, and of one attempt the lowest id, so that every replica chooses alike
    .sort((a, b) => a.attemptNumber - b.attemptNumber || (a.machineId < b.machineId ? -1 : 1));
  for (const machine of strays) {
    if (isMachineGone(facts, machine, now)) return { do: 'bury', machine };
    const step = stepForStray(facts, machine, guard, now, policy);
    if (step && step.do !== 'rest') return step;
  }
  return null;
};

const stepForStray = (facts: Facts, machine: Machine, guard: Guard, now: Date, policy: Policy): Step | null => {
  switch (judgeMachine(facts, machine)) {
    case 'settling': {
      const adopt: Step = { do: 'adopt', machine };
      return isOfSuccessor(facts.instance, { number: machine.attemptNumber })
        ? { do: 'for-successor', step: adopt }
        : adopt;
    }
    case 'unrecorded':
      return holdOf(guard, now) ? null : { do: 'adopt', machine };
    case 'condemned':
    case 'tombstoned':
      return stepToRelease(facts, machine, true, now);
    case 'twin': {
      const reportOnly = policy.reportOnlyUntil !== null && now < policy.reportOnlyUntil;
      return reportOnly || holdOf(guard, now) ? null : { do: 'condemn', machine };
    }
    case 'unknown':
    case 'bound':
    case 'successor':
    case 'draining':
    case 'gone':
      return null;
  }
};

/**
 * While the database may not know what is true at Novita, nothing is done that rests on its word alone: what a caller wished
 * before a freeze, or long before a list that is still to be read, waits, and so does what follows from a failure. A delete
 * that a caller asked for is never held.
 */
const heldUnlessAllowed = (facts: Facts, guard: Guard, now: Date, step: Step): Step => {
  const { instance } = facts;
  if (instance.desired === 'deleted' || !holdOf(guard, now)) return step;
  const byFailure = instance.progress.failure !== null;
  switch (step.do) {
    case 'act':
    case 'release':
      return byFailure || isStaleWish(instance.progress.wantedAt, guard, now)
        ? rest(addSeconds(now, HELD_RECHECK_SECONDS))
        : step;
    case 'fail':
      return guard.frozen || step.failure.code === 'MACHINE_LOST' ? rest(addSeconds(now, HELD_RECHECK_SECONDS)) : step;
    case 'for-successor': {
      // an operator's freeze, or a list that is still to be read, may show that the machine is not what the database says
      const inner = heldUnlessAllowed(seenFromSuccessor(facts) ?? facts, guard, now, step.step);
      return inner.do === 'rest' ? inner : step;
    }
    default:
      return step;
  }
};

const stepToDelete = (facts: Facts, now: Date): Step => {
  if (facts.instance.deletedAt) return rest(null);
  const machine = boundMachine(facts);
  if (machine && machine.goneAt === null) {
    return isMachineGone(facts, machine, now) ? { do: 'bury', machine } : stepToRelease(facts, machine, false, now);
  }
  const left = facts.machines.some(({ goneAt }) => goneAt === null) || openAttempts(facts).length > 0;
  return left ? rest(addSeconds(now, 2)) : { do: 'finish-delete' };
};

const stepForFailure = (facts: Facts, now: Date, failure: Failure): Step => {
  const machine = boundMachine(facts);
  if (!machine || machine.goneAt) return rest(null);
  if (isMachineGone(facts, machine, now)) return { do: 'bury', machine };
  // it was judged lost and is there after all, before it was buried: it is kept, with what is on its disk
  if (failure.code === 'MACHINE_LOST' && !machine.condemnedAt)
    return machine.missingProofs === 0 ? { do: 'adopt', machine } : rest(null);
  if (failure.machine === 'release') return stepToRelease(facts, machine, false, now);
  return machine.observation.state === 'running' ? stepToAct(facts, machine, 'stop', now) : rest(null);
};

const stepToStop = (facts: Facts, guard: Guard, now: Date, policy: Policy): Step => {
  const machine = boundMachine(facts);
  if (!machine || machine.goneAt) return rest(null);
  if (isMachineGone(facts, machine, now)) return { do: 'bury', machine };
  if (facts.instance.progress.readiness.runningSince && machine.observation.state !== 'running')
    return { do: 'end-run' };
  if (machine.observation.state === 'exited') return rest(null);
  return beforeDeadlineOf(
    machine,
    deadlineOf('stop', facts, guard, now, policy),
    now,
    // Novita stops only what runs: whatever is still moving is waited for, and the looks tell when it arrives
    () => (machine.observation.state === 'running' ? stepToAct(facts, machine, 'stop', now) : rest(null)),
    () =>
      mayHoldData(machine)
        ? fail(
            'STOP_TIMEOUT',
            `The machine did not stop within ${policy.stopTimeoutSeconds} s (last seen: ${machine.observation.statusWord}) and may be billed. Stopping goes on; delete it to be sure.`,
            'stop',
          )
        : fail(
            'STOP_TIMEOUT',
            `The machine never ran, and could not be stopped within ${policy.stopTimeoutSeconds} s (last seen: ${machine.observation.statusWord}). Its disk holds nothing: it is given back.`,
            'release',
          ),
  );
};
