import type { Snapshot } from '../domain/instance.js';
import { insteadOfFailure, stepForBroken } from './plan-broken.js';
import { stepToReplace } from './plan-replacement.js';
import { stepToRun } from './plan-run.js';
import type { Planner } from './planner.js';
import { sooner, type Step } from './step.js';

/** An instance that should run: what its machine needs, or is done instead when that has failed, and its replacement. */
export const planRunning: Planner = ({ snapshot, guard, now, policy }) =>
  snapshot.instance.desired === 'running'
    ? (stepForBroken(snapshot, guard, now, policy) ??
      firstOf(
        insteadOfFailure(snapshot, stepToRun(snapshot, guard, now, policy), now),
        stepToReplace(snapshot, guard, now, policy),
        snapshot,
      ))
    : null;

/** The current machine comes first. When nothing can be done for it any more, a successor that is there takes over as it is. */
const firstOf = (run: Step, replace: Step | null, { instance: { replacement } }: Snapshot): Step => {
  if (!replace) return run;
  if (replace.do === 'begin-replacement') return replace;
  const isBeyondHelp = BEYOND_HELP.has(run.do);
  if (isBeyondHelp && replacement?.successorId && replacement.phase === 'warming') {
    return replace.do === 'for-successor' && replace.step.do === 'fail' ? replace : { do: 'cut-over' };
  }
  return sooner(run, replace);
};

const BEYOND_HELP: ReadonlySet<Step['do']> = new Set(['fail', 'recover', 'let-go', 'mark-broken']);
