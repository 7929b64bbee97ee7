/**
 * An instance, or its successor, that finds no free offer waits to be handed one. It asks the catalogue no more: one background task
 * looks at the catalogue for all of them, and hands each free offer to those that wait longest.
 */
import { addSeconds } from '../../time/clock.js';
import type { Slot } from '../../vocabulary/replacement.js';
import type { Instance } from './instance.js';
import type { InstanceSpec } from './instance-spec.js';
import type { Policy } from './policy.js';
import type { PlacementProgress } from './progress.js';

/** A price that is older says nothing of today's. Shorter would take offers from instances whose job waits for its turn. */
export const HANDED_SECONDS = 30;

export interface CapacityWait {
  slot: Slot;
  placement: PlacementProgress;
}

/** Null: neither the instance nor its successor waits to be handed an offer. */
export const capacityWaitOf = (instance: Instance): CapacityWait | null => {
  const { desired, deletedAt, machineId, replacement, progress } = instance;
  if (desired !== 'running' || deletedAt !== null || progress.failure) return null;
  if (machineId === null)
    return progress.placement.awaitsOffer ? { slot: 'current', placement: progress.placement } : null;
  return replacement?.phase === 'placing' && replacement.placement.awaitsOffer
    ? { slot: 'successor', placement: replacement.placement }
    : null;
};

/** The offer that may be bought now without asking the catalogue. Null: there is none. */
export const handedOffer = ({ handed }: PlacementProgress, now: Date) =>
  handed && now < addSeconds(handed.at, HANDED_SECONDS) ? handed.offer : null;

/** Whether it is to be handed an offer before anything can be bought. */
export const isWithoutOffer = (placement: PlacementProgress, now: Date): boolean =>
  placement.awaitsOffer && handedOffer(placement, now) === null;

/** How long the search for an offer may take. */
export const capacitySeconds = (
  { capacityWait }: Pick<InstanceSpec, 'capacityWait'>,
  { capacityTimeoutSeconds }: Pick<Policy, 'capacityTimeoutSeconds'>,
): number => {
  // an instance that does not wait fails by its first search, which may itself be held up
  const minutes = capacityWait?.forMinutes ?? 0;
  return minutes > 0 ? minutes * 60 : capacityTimeoutSeconds;
};
