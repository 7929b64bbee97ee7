import { mayHoldData } from '../../machines/domain/machine.js';
import { deadlineOf } from '../domain/deadlines.js';
import { boundMachine } from '../domain/instance.js';
import { isMachineGone } from '../domain/machine-verdict.js';
import type { Planner } from './planner.js';
import { beforeDeadlineOf, fail, rest, stepToAct } from './step.js';

/** A machine that is to stop is stopped when it runs, and kept. */
export const planStop: Planner = ({ snapshot, guard, now, policy }) => {
  if (snapshot.instance.desired !== 'stopped') return null;
  const machine = boundMachine(snapshot);
  if (!machine || machine.goneAt) return rest(null);
  if (isMachineGone(snapshot, machine, now)) return { do: 'record-gone', machine };
  if (snapshot.instance.progress.readiness.runningSince && machine.observation.state !== 'running')
    return { do: 'end-run' };
  if (machine.observation.state === 'exited') return rest(null);
  return beforeDeadlineOf(
    machine,
    deadlineOf('stop', snapshot, guard, now, policy),
    now,
    // Novita stops only what runs: whatever is still moving is waited for, and the looks tell when it arrives
    () => (machine.observation.state === 'running' ? stepToAct(snapshot, machine, 'stop', now) : rest(null)),
    () =>
      mayHoldData(machine)
        ? fail(
            'STOP_TIMEOUT',
            `The machine did not stop within ${policy.stopTimeoutSeconds} s (last seen: ${machine.observation.statusWord}) and may be billed. Stopping goes on; delete it to be sure.`,
            'stop',
          )
        : fail(
            'STOP_TIMEOUT',
            `The machine never ran, and could not be stopped within ${policy.stopTimeoutSeconds} s (last seen: ${machine.observation.statusWord}). Its disk holds nothing: it is deleted.`,
            'release',
          ),
  );
};
