import { addSeconds } from '../../time/clock.js';
import type { Snapshot } from '../domain/instance.js';
import { needsCloseWatch, RESTING_STATUSES, type InstanceStatus } from '../domain/instance-phase.js';

/** Even when nothing is due, an instance is looked over again: a lost nudge costs this much at most. */
const MOVING_RECHECK_SECONDS = 15;
const RESTING_RECHECK_SECONDS = 600;

/** When an instance is planned again (null: never by itself), and how closely its machines are watched until then. */
export const restFor = (
  snapshot: Snapshot,
  until: Date | null,
  now: Date,
): { wakeAt: Date | null; watchClosely: boolean } => {
  const { instance } = snapshot;
  const watchClosely = needsCloseWatch(snapshot);
  const isOver = instance.deletedAt !== null && !watchClosely;
  const isResting = RESTING_STATUSES.has(instance.toldStatus as InstanceStatus) && !watchClosely;
  const recheck = addSeconds(now, isResting ? RESTING_RECHECK_SECONDS : MOVING_RECHECK_SECONDS);
  return { wakeAt: isOver ? null : until && until < recheck ? until : recheck, watchClosely };
};
