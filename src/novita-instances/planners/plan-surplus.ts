import { holdOf } from '../../machines/domain/fleet-guard.js';
import type { Machine } from '../../machines/domain/machine.js';
import { isMachineGone, judgeMachine } from '../domain/machine-verdict.js';
import { isOfSuccessor, keptByReplacement } from '../domain/replacement.js';
import type { PlanContext, Planner } from './planner.js';
import { stepToDelete, type Step } from './step.js';

/** A machine with our tag that the instance does not hold: the instance waits for it, or it is surplus. */
export const planSurplus: Planner = (context) => {
  const { snapshot, now } = context;
  const { instance } = snapshot;
  const kept = keptByReplacement(instance);
  const surplus = snapshot.machines
    .filter(({ machineId, goneAt }) => goneAt === null && machineId !== instance.machineId && !kept.includes(machineId))
    // the earliest attempt wins, and of one attempt the lowest id, so that every replica chooses alike
    .sort((a, b) => a.attemptNumber - b.attemptNumber || (a.machineId < b.machineId ? -1 : 1));
  for (const machine of surplus) {
    if (isMachineGone(snapshot, machine, now)) return { do: 'record-gone', machine };
    const step = stepForSurplus(machine, context);
    if (step && step.do !== 'rest') return step;
  }
  return null;
};

const stepForSurplus = (machine: Machine, { snapshot, guard, now, policy }: PlanContext): Step | null => {
  switch (judgeMachine(snapshot, machine)) {
    case 'settling': {
      const adopt: Step = { do: 'adopt', machine };
      return isOfSuccessor(snapshot.instance, { number: machine.attemptNumber })
        ? { do: 'for-successor', step: adopt }
        : adopt;
    }
    case 'unrecorded':
      return holdOf(guard, now) ? null : { do: 'adopt', machine };
    case 'condemned':
    case 'tombstoned':
      return stepToDelete(snapshot, machine, true, now);
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
