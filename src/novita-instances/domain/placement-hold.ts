import { withSpan } from '../../time/held-up.js';
import type { Progress } from './progress.js';

/** The placement that is held up no longer, and the time that it was. */
export const endHold = (
  { placement, heldUp }: Pick<Progress, 'placement' | 'heldUp'>,
  now: Date,
): Pick<Progress, 'placement' | 'heldUp'> => {
  const { heldSince } = placement;
  if (!heldSince) return { placement, heldUp };
  return { placement: { ...placement, heldSince: null }, heldUp: withSpan(heldUp, { from: heldSince, to: now }) };
};

/**
 * The placement of an instance that has its machine, however it came to it: nothing is waited for any longer. A hold that stayed open
 * would count against every deadline of the machine for ever.
 */
export const endPlacement = (
  progress: Pick<Progress, 'placement' | 'heldUp'>,
  now: Date,
): Pick<Progress, 'placement' | 'heldUp'> => {
  const { placement, heldUp } = endHold(progress, now);
  return { heldUp, placement: { ...placement, waitingFor: null, detail: null, awaitsOffer: false, handed: null } };
};
