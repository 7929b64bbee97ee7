import type { Guard } from '../../machines/domain/fleet-guard.js';
import type { Snapshot } from '../domain/instance.js';
import type { Policy } from '../domain/policy.js';
import type { Step } from './step.js';

/** What a planner decides from. */
export interface PlanContext {
  snapshot: Snapshot;
  guard: Guard;
  now: Date;
  policy: Policy;
}

/** Decides on one subject. Pure. Null: there is nothing to decide, and the next planner is asked. */
export type Planner = (context: PlanContext) => Step | null;

/** The step of the first planner that has one. */
export const firstStep = (planners: readonly Planner[], context: PlanContext): Step | null => {
  for (const plan of planners) {
    const step = plan(context);
    if (step) return step;
  }
  return null;
};
