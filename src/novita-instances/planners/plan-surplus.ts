import { holdOf } from '../../machines/domain/fleet-guard.js';
import type { Machine } from '../../machines/domain/machine.js';
import { isMachineGone, judgeMachine } from '../domain/machine-verdict.js';
import { isOfSuccessor, keptByReplacement } from '../domain/replacement.js';
import type { PlanContext, Planner } from './planner.js';
import { stepToRelease, type Step } from './step.js';

/** A machine with our tag that the instance does not hold: the instance waits for it, or it is surplus. */
export const planSurplus: Planner = (context) => {
  const { facts, now } = context;
  const { instance } = facts;
  const kept = keptByReplacement(instance);
  const strays = facts.machines
    .filter(({ machineId, goneAt }) => goneAt === null && machineId !== instance.machineId && !kept.includes(machineId))
    // the earliest attempt wins, and of one attempt the lowest id, so that every replica chooses alike
    .sort((a, b) => a.attemptNumber - b.attemptNumber || (a.machineId < b.machineId ? -1 : 1));
  for (const machine of strays) {
    if (isMachineGone(facts, machine, now)) return { do: 'bury', machine };
    const step = stepForStray(machine, context);
    if (step && step.do !== 'rest') return step;
  }
  return null;
};

const stepForStray = (machine: Machine, { facts, guard, now, policy }: PlanContext): Step | null => {
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
