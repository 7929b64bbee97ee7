import { earliest } from '../../time/clock.js';
import type { Snapshot } from '../domain/instance.js';
import { stepToReplace } from './plan-replacement.js';
import { stepToRun } from './plan-run.js';
import type { Planner } from './planner.js';
import { rest, type Step } from './step.js';

/** An instance that should run: what its machine needs, and its replacement. */
export const planRunning: Planner = ({ snapshot, guard, now, policy }) =>
  snapshot.instance.desired === 'running'
    ? firstOf(stepToRun(snapshot, guard, now, policy), stepToReplace(snapshot, guard, now, policy), snapshot)
    : null;

/** The current machine comes first. When nothing can be done for it any more, a successor that is there takes over as it is. */
const firstOf = (run: Step, replace: Step | null, { instance: { replacement } }: Snapshot): Step => {
  if (!replace) return run;
  if (replace.do === 'begin-replacement') return replace;
  const isBeyondHelp = run.do === 'fail' || run.do === 'recover';
  if (isBeyondHelp && replacement?.successorId && replacement.phase === 'warming') {
    return replace.do === 'for-successor' && replace.step.do === 'fail' ? replace : { do: 'cut-over' };
  }
  if (run.do !== 'rest') return run;
  if (replace.do !== 'rest') return replace;
  const times = [run.until, replace.until].filter((time) => time !== null);
  return rest(times.length > 0 ? earliest(times) : null);
};
