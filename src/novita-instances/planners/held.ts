import { holdOf, isStaleCommand } from '../../machines/domain/fleet-guard.js';
import { addSeconds } from '../../time/clock.js';
import type { FailureCode } from '../../vocabulary/failure-code.js';
import { HELD_RECHECK_SECONDS } from '../domain/policy.js';
import { brokenOf } from '../domain/recovery.js';
import { seenFromSuccessor } from '../domain/replacement.js';
import type { PlanContext } from './planner.js';
import { rest, type Step } from './step.js';

/** What is concluded from a machine that is not seen any more. */
const isOfLoss = (code: FailureCode): boolean => code === 'MACHINE_LOST' || code === 'MACHINE_RECLAIMED';

/**
 * While the database may not know what is true at Novita, decisions that rest on the database alone wait: commands from before a freeze,
 * or from long before a list that is still to be read, and what follows from a failure. A delete that a caller asked for never waits.
 */
export const heldUnlessAllowed = (
  step: Step,
  { snapshot, guard, now }: Pick<PlanContext, 'snapshot' | 'guard' | 'now'>,
): Step => {
  const { instance } = snapshot;
  if (instance.desired === 'deleted' || !holdOf(guard, now)) return step;
  const byFailure = instance.progress.failure !== null || (!snapshot.base && brokenOf(instance) !== null);
  switch (step.do) {
    case 'act':
    case 'delete-machine':
      return byFailure || isStaleCommand(instance.progress.wantedAt, guard, now)
        ? rest(addSeconds(now, HELD_RECHECK_SECONDS))
        : step;
    case 'update-machine':
      return byFailure || isStaleCommand(instance.update?.since ?? instance.progress.wantedAt, guard, now)
        ? rest(addSeconds(now, HELD_RECHECK_SECONDS))
        : step;
    case 'recover':
    case 'let-go':
    case 'mend':
    case 'cancel-replacement':
      return rest(addSeconds(now, HELD_RECHECK_SECONDS));
    case 'fail':
    case 'mark-broken':
      return guard.frozen || isOfLoss(step.failure.code) ? rest(addSeconds(now, HELD_RECHECK_SECONDS)) : step;
    case 'for-successor': {
      // an operator's freeze, or a list that is still to be read, may show that the machine is not what the database says
      const inner = heldUnlessAllowed(step.step, { snapshot: seenFromSuccessor(snapshot) ?? snapshot, guard, now });
      return inner.do === 'rest' ? inner : step;
    }
    default:
      return step;
  }
};
