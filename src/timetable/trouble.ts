import type { BackgroundTask, KnownTaskRun } from './background-task.js';

/** A run may be late by this many periods plus GRACE_MS: statuses are stored every few seconds, and a leader may have died. */
const LATE_PERIODS = 3;
const GRACE_MS = 120_000;
/** More than one, since the run after a failed run is its retry. */
const FAILURES_OF_TROUBLE = 3;

export type TaskTrouble = 'overdue' | 'failing';

/**
 * Whether the last run began too long ago.
 * @param since when a task that never ran could have begun
 */
export const isOverdue = (
  { longestPeriodMs }: Pick<BackgroundTask, 'longestPeriodMs'>,
  beganAt: Date | null,
  since: Date,
  now: Date,
): boolean => now.getTime() - (beganAt ?? since).getTime() > LATE_PERIODS * longestPeriodMs + GRACE_MS;

/** Why operators must look at a task, or null. */
export const troubleOf = (
  task: Pick<BackgroundTask, 'longestPeriodMs'>,
  run: Pick<KnownTaskRun, 'beganAt' | 'failuresInRow'> | null,
  since: Date,
  now: Date,
): TaskTrouble | null => {
  if (isOverdue(task, run?.beganAt ?? null, since, now)) return 'overdue';
  return (run?.failuresInRow ?? 0) >= FAILURES_OF_TROUBLE ? 'failing' : null;
};
