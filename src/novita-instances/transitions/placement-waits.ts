import { backOffAfter, type BackOff } from '../../time/back-off.js';
import { addSeconds } from '../../time/clock.js';
import type { WaitReason } from '../../vocabulary/wait-reason.js';
import type { Snapshot } from '../domain/instance.js';
import { endHold } from '../domain/placement-hold.js';
import type { Failure, Progress } from '../domain/progress.js';
import type { InstanceChange } from './instance-change.js';

/** Not shorter than the time for which the catalogue calls an answer fresh: else the next round would be decided by the same answer. */
const CAPACITY_WAITS: BackOff = { first: 10, most: 120 };

export interface Wait {
  waitingFor: WaitReason;
  detail: string;
  /** Nothing is bought before this time. */
  until: Date;
}

/** Nothing is bought now. Time that is not waited for capacity counts against no deadline. */
export const placementWaits = (
  { instance: { progress } }: Snapshot,
  { waitingFor, detail, until }: Wait,
  now: Date,
): { progress: Pick<Progress, 'placement' | 'heldUp'> } => {
  const { placement, heldUp } = waitingFor === 'capacity' ? endHold(progress, now) : progress;
  const heldSince = waitingFor === 'capacity' ? null : (placement.heldSince ?? now);
  return { progress: { heldUp, placement: { ...placement, heldSince, waitingFor, detail, notBefore: until } } };
};

/** No offer is left in this round. The next round comes later each time, and may take every offer again. @param drawn 0 to 1 */
export const noCapacity = (snapshot: Snapshot, why: string, drawn: number, now: Date): InstanceChange => {
  const { round } = snapshot.instance.progress.placement;
  const seconds = backOffAfter(round, CAPACITY_WAITS) * (1 + drawn / 2);
  const { progress } = placementWaits(
    snapshot,
    { waitingFor: 'capacity', detail: why, until: addSeconds(now, seconds) },
    now,
  );
  return {
    progress: { ...progress, placement: { ...progress.placement, round: round + 1 } },
    events: [{ type: 'placement.no_capacity', data: { round, why } }],
  };
};

/** The instance rests in `failed`, until a caller says what to do. */
export const failed = (failure: Omit<Failure, 'at'>, now: Date): InstanceChange => ({
  progress: { failure: { ...failure, at: now } },
  events: [{ type: 'instance.failed', data: { code: failure.code, message: failure.message } }],
});
