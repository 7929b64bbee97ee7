import { boundMachine } from '../domain/instance.js';
import { isMachineGone } from '../domain/machine-verdict.js';
import type { Planner } from './planner.js';
import { rest, stepToAct, stepToDelete } from './step.js';

/** What becomes of the machine of an instance that has failed. */
export const planFailure: Planner = ({ snapshot, now }) => {
  const { failure } = snapshot.instance.progress;
  if (!failure) return null;
  const machine = boundMachine(snapshot);
  if (!machine || machine.goneAt) return rest(null);
  if (isMachineGone(snapshot, machine, now)) return { do: 'record-gone', machine };
  // the machine was judged lost, and is there after all before it was recorded as gone: it is kept, with what is on its disk
  if (failure.code === 'MACHINE_LOST' && !machine.condemnedAt)
    return machine.missingProofs === 0 ? { do: 'adopt', machine } : rest(null);
  if (failure.machine === 'release') return stepToDelete(snapshot, machine, false, now);
  return machine.observation.state === 'running' ? stepToAct(snapshot, machine, 'stop', now) : rest(null);
};
