import { boundMachine } from '../domain/instance.js';
import { isMachineGone } from '../domain/machine-verdict.js';
import type { Planner } from './planner.js';
import { rest, stepToAct, stepToRelease } from './step.js';

/** What becomes of the machine of an instance that has failed. */
export const planFailure: Planner = ({ facts, now }) => {
  const { failure } = facts.instance.progress;
  if (!failure) return null;
  const machine = boundMachine(facts);
  if (!machine || machine.goneAt) return rest(null);
  if (isMachineGone(facts, machine, now)) return { do: 'bury', machine };
  // the machine was judged lost, and is there after all before it was buried: it is kept, with what is on its disk
  if (failure.code === 'MACHINE_LOST' && !machine.condemnedAt)
    return machine.missingProofs === 0 ? { do: 'adopt', machine } : rest(null);
  if (failure.machine === 'release') return stepToRelease(facts, machine, false, now);
  return machine.observation.state === 'running' ? stepToAct(facts, machine, 'stop', now) : rest(null);
};
