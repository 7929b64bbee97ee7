import { addSeconds } from '../../time/clock.js';
import { boundMachine, openAttempts } from '../domain/instance.js';
import { isMachineGone } from '../domain/machine-verdict.js';
import type { Planner } from './planner.js';
import { rest, stepToDelete } from './step.js';

/** A delete is over when every machine is proved gone, and no create is unaccounted for. */
export const planDelete: Planner = ({ snapshot, now }) => {
  if (snapshot.instance.desired !== 'deleted') return null;
  if (snapshot.instance.deletedAt) return rest(null);
  const machine = boundMachine(snapshot);
  if (machine && machine.goneAt === null) {
    return isMachineGone(snapshot, machine, now)
      ? { do: 'record-gone', machine }
      : stepToDelete(snapshot, machine, false, now);
  }
  const left = snapshot.machines.some(({ goneAt }) => goneAt === null) || openAttempts(snapshot).length > 0;
  return left ? rest(addSeconds(now, 2)) : { do: 'finish-delete' };
};
