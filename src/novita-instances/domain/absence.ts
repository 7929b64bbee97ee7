import { secondsBetween } from '../../time/clock.js';
import type { Machine, MachineState } from './instance.js';
import {
  BACK_AFTER_SECONDS,
  LOSS_MIN_AGE_SECONDS,
  PROOF_SPACING_AFTER_RELEASE_SECONDS,
  PROOF_SPACING_OF_LOSS_SECONDS,
  PROOFS_AFTER_RELEASE,
  PROOFS_OF_LOSS,
} from './policy.js';

/**
 * When a machine is gone. Promises: one answer alone never proves absence, and a list never does; only Novita saying `removed`,
 * or saying repeatedly, to looks by id, that it knows no such machine.
 */
export const isGone = (machine: Machine, now: Date): boolean => {
  if (machine.goneAt) return true;
  if (machine.observation.state === 'removed') return true;
  if (machine.releaseAcknowledgedAt) return machine.missingProofs >= PROOFS_AFTER_RELEASE;
  return machine.missingProofs >= PROOFS_OF_LOSS && secondsBetween(machine.firstSeenAt, now) >= LOSS_MIN_AGE_SECONDS;
};

/** Whether one more "no such machine" at this time is a proof of its own, or only the last one again. */
export const countsAsProof = (
  machine: Pick<Machine, 'lastMissingAt' | 'releaseAcknowledgedAt'>,
  now: Date,
): boolean => {
  if (!machine.lastMissingAt) return true;
  const spacing = machine.releaseAcknowledgedAt ? PROOF_SPACING_AFTER_RELEASE_SECONDS : PROOF_SPACING_OF_LOSS_SECONDS;
  return secondsBetween(machine.lastMissingAt, now) >= spacing;
};

/**
 * Whether a machine that was proved gone is there after all. Lists show the past for a while, so only a look well after its
 * burial counts; without this, one wrong burial would leave a machine running that nobody watches.
 */
export const isBack = (goneAt: Date, state: MachineState, lookedAt: Date): boolean =>
  state !== 'removed' && state !== 'removing' && secondsBetween(goneAt, lookedAt) >= BACK_AFTER_SECONDS;
