import { addSeconds, earliest } from '../../time/clock.js';
import { holdOf, type Guard } from '../../machines/domain/fleet-guard.js';
import { boundMachine, type Snapshot } from '../domain/instance.js';
import { isMachineGone } from '../domain/machine-verdict.js';
import { stepForOpenAttempt } from './plan-open-attempts.js';
import { drainEndsBy, isCalledOff, stepToOutrun } from './plan-reclaim.js';
import { stepToRun } from './plan-run.js';
import { stepToRenew } from './plan-update.js';
import { HELD_RECHECK_SECONDS, RECLAIM_LEAD_SECONDS, type Policy } from '../domain/policy.js';
import { seenFromSuccessor } from '../domain/replacement.js';
import type { Replacement } from '../domain/replacement-progress.js';
import type { Planner } from './planner.js';
import { fail, rest, type Step } from './step.js';

/** The next step of a replacement that is under way, or is to begin. Null: there is none. */
export const stepToReplace = (snapshot: Snapshot, guard: Guard, now: Date, policy: Policy): Step | null => {
  const { replacement } = snapshot.instance;
  if (!replacement) return stepToOutrun(snapshot, now) ?? stepToRenew(snapshot);
  if (replacement.phase !== 'draining' && isCalledOff(snapshot)) return { do: 'cancel-replacement' };
  const view = seenFromSuccessor(snapshot);
  return view ? stepOfSuccessor(view, guard, now, policy) : stepToDrain(snapshot, replacement, guard, now);
};

const stepOfSuccessor = (view: Snapshot, guard: Guard, now: Date, policy: Policy): Step => {
  const successor = boundMachine(view);
  const { restartGeneration, progress } = view.instance;
  const isReady = progress.readiness.readyAt !== null && restartGeneration === progress.restartsDone;
  if (view.instance.machineId === null) {
    return ofSuccessor(stepForOpenAttempt(view, now, policy) ?? stepToRun(view, guard, now, policy));
  }
  if (!successor || successor.goneAt || isMachineGone(view, successor, now)) {
    return ofSuccessor(
      fail('MACHINE_LOST', 'The new machine is gone from Novita, and Novitai did not delete it.', 'release'),
    );
  }
  // an earlier release knows no successor, and took it for surplus
  if (successor.condemnedAt) return ofSuccessor(fail('MACHINE_LOST', 'The new machine was to be deleted.', 'release'));
  return isReady ? { do: 'cut-over' } : ofSuccessor(stepToRun(view, guard, now, policy));
};

const ofSuccessor = (step: Step): Step => (step.do === 'rest' ? step : { do: 'for-successor', step });

const stepToDrain = (snapshot: Snapshot, { draining }: Replacement, guard: Guard, now: Date): Step => {
  const { machines } = snapshot;
  const machine = machines.find(({ machineId }) => machineId === draining?.machineId);
  if (!machine || machine.goneAt || machine.condemnedAt || !draining) return { do: 'end-replacement', machine: null };
  const pressedAt = drainEndsBy(snapshot, RECLAIM_LEAD_SECONDS);
  const until = pressedAt ? earliest([draining.until, pressedAt]) : draining.until;
  if (now < until) return rest(until);
  // the database may not know what is true: whether the successor took over in truth shows when the fleet has been seen
  return holdOf(guard, now) ? rest(addSeconds(now, HELD_RECHECK_SECONDS)) : { do: 'end-replacement', machine };
};

/**
 * A replacement that cannot go on: its instance has no current machine, has failed, or is not to run. This release ends a replacement in
 * the commit that makes it so; an earlier release does not know it. Null: the replacement may go on.
 */
export const planStaleReplacement: Planner = ({ snapshot: { instance, machines } }) => {
  const { replacement, machineId, desired, progress } = instance;
  const mayRun = desired === 'running' && !progress.failure;
  if (!replacement || (mayRun && machineId !== null)) return null;
  const { phase, successorId, draining } = replacement;
  if (phase === 'draining') {
    const machine = machines.find((one) => one.machineId === draining?.machineId && !one.goneAt && !one.condemnedAt);
    return { do: 'end-replacement', machine: machine ?? null };
  }
  return mayRun && successorId !== null
    ? { do: 'cut-over' }
    : ofSuccessor(fail('MACHINE_LOST', 'The instance has lost the machine that was to be replaced.', 'release'));
};
