import type { Guard } from '../../machines/domain/fleet-guard.js';
import type { Snapshot } from '../domain/instance.js';
import { overdueOf } from '../domain/overdue.js';
import type { Policy } from '../domain/policy.js';
import { heldUnlessAllowed } from './held.js';
import { planDelete } from './plan-delete.js';
import { planFailure } from './plan-failure.js';
import { planDisproof, planStatusNews } from './plan-news.js';
import { planOpenAttempts } from './plan-open-attempts.js';
import { planStaleReplacement } from './plan-replacement.js';
import { planReclaimNews } from './plan-reclaim.js';
import { planRunning } from './plan-running.js';
import { planStop } from './plan-stop.js';
import { planSurplus } from './plan-surplus.js';
import { firstStep, type Planner } from './planner.js';
import { rest, type Step } from './step.js';

/** These planners decide themselves what waits while the guard holds. */
const FIRST: readonly Planner[] = [planStatusNews, planDisproof, planReclaimNews, planSurplus];
/** What these planners conclude, and no caller has asked for, waits while the guard holds. */
const THEN: readonly Planner[] = [
  planStaleReplacement,
  planOpenAttempts,
  planDelete,
  planFailure,
  planStop,
  planRunning,
];

/**
 * Chooses the next step: that of the first planner that has one. Pure and total: same snapshot, same step. Promises:
 * - never places while a machine may exist or appear (a bound machine, or a create whose outcome is unknown);
 * - a delete is finished only when every machine is proved gone and no create is unaccounted for;
 * - a second machine of an instance is deleted, whatever else is wanted, but not while the guard holds;
 * - what a caller commanded is told apart from what the code concludes: only the second is ever held.
 */
export const planNextStep = (snapshot: Snapshot, guard: Guard, now: Date, policy: Policy): Step => {
  const context = { snapshot, guard, now, policy };
  const step = firstStep(FIRST, context) ?? heldUnlessAllowed(firstStep(THEN, context) ?? rest(null), context);
  // what can be done comes before what is told
  const overdue = step.do === 'rest' ? overdueOf(snapshot, now) : null;
  return overdue ? { do: 'raise', overdue } : step;
};
