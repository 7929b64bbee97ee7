import type { ReplacementReason, Slot } from '../../vocabulary/replacement.js';
import { latest } from '../../time/clock.js';
import type { Attempt, Snapshot, Instance } from './instance.js';
import { newPlacement, NO_READINESS, type Progress } from './progress.js';
import type { Replacement } from './replacement-progress.js';

/**
 * An instance has a `current` machine and, only while that is replaced, a `successor`. The successor is placed and probed while the
 * current machine goes on serving; the cut-over is one commit; then the old machine drains, and is deleted. When the successor fails,
 * the current machine is left alone.
 *
 * To the planners and transitions the successor looks like the only machine of an instance of its own: {@link seenFromSuccessor}
 * gives them that view, and {@link writtenBySuccessor} puts back what they change of it.
 */

export const newReplacement = (
  reason: ReplacementReason,
  { attempts, machines, instance }: Snapshot,
  now: Date,
): Replacement => ({
  reason,
  phase: 'placing',
  since: now,
  firstAttempt:
    Math.max(0, ...attempts.map(({ number }) => number), ...machines.map(({ attemptNumber }) => attemptNumber)) + 1,
  successorId: null,
  placement: newPlacement(instance.progress.placement.round + 1, now),
  heldUp: [],
  action: null,
  readiness: NO_READINESS,
  restartsDone: instance.restartGeneration,
  draining: null,
});

/** The slot that the attempt is for. After the cut-over the machine of a successor is the current one. */
export const slotOf = ({ replacement }: Instance, { number }: Pick<Attempt, 'number'>): Slot =>
  replacement && replacement.phase !== 'draining' && number >= replacement.firstAttempt ? 'successor' : 'current';

/** The snapshot as the planner and the transitions of the successor see it. Null: there is no successor to be. */
export const seenFromSuccessor = (snapshot: Snapshot): Snapshot | null => {
  const { instance } = snapshot;
  const { replacement, progress } = instance;
  if (!replacement || replacement.phase === 'draining') return null;
  const { placement, heldUp, action, readiness, since, successorId } = replacement;
  const restartsDone = replacement.restartsDone ?? instance.restartGeneration;
  // a restart that is asked for meanwhile is for both machines
  const wantedAt = latest([since, progress.wantedAt]);
  return {
    ...snapshot,
    base: snapshot,
    instance: {
      ...instance,
      machineId: successorId,
      replacement: null,
      progress: { ...progress, wantedAt, placement, heldUp, action, readiness, restartsDone, failure: null },
    },
  };
};

/** The instance after its successor has come to `after`, which was made from {@link seenFromSuccessor}. */
export const writtenBySuccessor = (before: Instance, after: Instance): Instance => {
  if (!before.replacement) return before;
  const { placement, heldUp, action, readiness, restartsDone, releases, reclaims } = after.progress;
  const phase = after.machineId === null ? 'placing' : 'warming';
  const replacement = {
    ...before.replacement,
    phase,
    successorId: after.machineId,
    placement,
    heldUp,
    action,
    readiness,
    restartsDone,
  } as const;
  return { ...before, replacement, progress: { ...before.progress, releases, reclaims } };
};

/** Whether an attempt is one of the successor's, which has no machine yet. */
export const isOfSuccessor = ({ replacement }: Instance, { number }: { number: number }): boolean =>
  replacement?.phase === 'placing' && number >= replacement.firstAttempt;

/** The machines, besides the current one, that a replacement keeps from being surplus. */
export const keptByReplacement = ({ replacement }: Pick<Instance, 'replacement'>): string[] =>
  [replacement?.successorId ?? null, replacement?.draining?.machineId ?? null].filter((id) => id !== null);

/** A replacement ends with a stop, a delete and a failure. @returns also the machines that the instance lets go */
export const settled = (instance: Instance, condemned: string[] = []): { instance: Instance; condemned: string[] } =>
  instance.replacement && (instance.desired !== 'running' || instance.progress.failure)
    ? { instance: { ...instance, replacement: null }, condemned: [...condemned, ...keptByReplacement(instance)] }
    : { instance, condemned };

/** The successor takes over, by one commit. The machine before it, if it is still there, drains. */
export const cutOver = (
  instance: Instance,
  replacement: Replacement,
  drainUntil: Date | null,
): Partial<Instance> & { progress: Progress } => {
  const { placement, heldUp, action, readiness, successorId } = replacement;
  const { machineId: old } = instance;
  return {
    machineId: successorId,
    progress: {
      ...instance.progress,
      placement,
      heldUp,
      action,
      readiness,
      restartsDone: replacement.restartsDone ?? instance.restartGeneration,
      broken: null,
    },
    replacement:
      old === null || drainUntil === null
        ? null
        : { ...replacement, phase: 'draining', successorId: null, draining: { machineId: old, until: drainUntil } },
  };
};
