import { addSeconds } from '../../time/clock.js';
import { boundMachine, openAttempts } from '../domain/instance.js';
import { isMachineGone } from '../domain/machine-verdict.js';
import type { Planner } from './planner.js';
import { rest, stepToRelease } from './step.js';

/** A delete is over when every machine is proved gone, and no create is unaccounted for. */
export const planDelete: Planner = ({ facts, now }) => {
  if (facts.instance.desired !== 'deleted') return null;
  if (facts.instance.deletedAt) return rest(null);
  const machine = boundMachine(facts);
  if (machine && machine.goneAt === null) {
    return isMachineGone(facts, machine, now) ? { do: 'bury', machine } : stepToRelease(facts, machine, false, now);
  }
  const left = facts.machines.some(({ goneAt }) => goneAt === null) || openAttempts(facts).length > 0;
  return left ? rest(addSeconds(now, 2)) : { do: 'finish-delete' };
};
