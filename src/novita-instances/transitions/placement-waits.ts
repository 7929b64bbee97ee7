import { backOffAfter, type BackOff } from '../../time/back-off.js';
import { toMoney } from '../../money/price.js';
import type { OfferTaken } from '../../placement/offer.js';
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
  return {
    progress: { heldUp, placement: { ...placement, heldSince, waitingFor, detail, notBefore: until, handed: null } },
  };
};

/** A limit is reached. The offers that were refused in this round are asked again in the next: one of them may cost less than what was tried. */
export const limitReached = (snapshot: Snapshot, detail: string, until: Date, now: Date): InstanceChange => {
  const { progress } = placementWaits(snapshot, { waitingFor: 'quota', detail, until }, now);
  const { placement } = progress;
  const isRefused = snapshot.attempts.some(({ round, state }) => round === placement.round && state === 'REJECTED');
  return { progress: { ...progress, placement: { ...placement, round: placement.round + (isRefused ? 1 : 0) } } };
};

/**
 * No offer is left in this round: from now on the instance waits to be handed one. A release that knows no such wait begins the next
 * round by itself, later each time. @param drawn 0 to 1
 */
export const noCapacity = (snapshot: Snapshot, why: string, drawn: number, now: Date): InstanceChange => {
  const { round } = snapshot.instance.progress.placement;
  const seconds = backOffAfter(round, CAPACITY_WAITS) * (1 + drawn / 2);
  const { progress } = placementWaits(
    snapshot,
    { waitingFor: 'capacity', detail: why, until: addSeconds(now, seconds) },
    now,
  );
  return {
    progress: { ...progress, placement: { ...progress.placement, round: round + 1, awaitsOffer: true } },
    events: [{ type: 'placement.no_capacity', data: { round, why } }],
  };
};

/** A free offer is the instance's to buy, for {@link HANDED_SECONDS}. */
export const offerHanded = ({ instance }: Snapshot, offer: OfferTaken, now: Date): InstanceChange => {
  const { placement } = instance.progress;
  const { productId, productName, regionId, regionName, billingMode, pricePerGpuHour } = offer;
  const taken = { productId, productName, regionId, regionName, billingMode };
  return {
    progress: {
      placement: { ...placement, notBefore: null, handed: { offer: { ...taken, pricePerGpuHour }, at: now } },
    },
    events: [{ type: 'placement.offered', data: { ...taken, pricePerGpuHour: toMoney(pricePerGpuHour) } }],
    nudge: true,
  };
};

/** Why it goes on waiting. Null: that is known already. */
export const waitExplained = ({ instance }: Snapshot, why: string): InstanceChange | null => {
  const { placement } = instance.progress;
  return placement.detail === why ? null : { progress: { placement: { ...placement, detail: why } } };
};

/** The instance rests in `failed`, until a caller says what to do. */
export const failed = (failure: Omit<Failure, 'at'>, now: Date): InstanceChange => ({
  progress: { failure: { ...failure, at: now } },
  events: [{ type: 'instance.failed', data: { code: failure.code, message: failure.message } }],
});
