import { secondsBetween } from '../../time/clock.js';
import type { Machine, MachineState } from './machine.js';

/** After a delete was acknowledged, this many observations by id must find nothing. */
const PROOFS_AFTER_DELETE = 2;
const PROOF_SPACING_AFTER_DELETE_SECONDS = 1.5;
/** A machine younger than this is not believed to be gone, unless it was seen leaving: not all of Novita may know it yet. */
export const YOUNG_SECONDS = 60;
/** Without a delete of ours, absence is news: the proofs must be far enough apart to outlast a hiccup … */
const PROOFS_OF_LOSS = 2;
const PROOF_SPACING_OF_LOSS_SECONDS = 30;
/** … and the machine old enough that Novita's own lists have caught up with it. */
export const LOSS_MIN_AGE_SECONDS = 300;
/** A machine that was proved gone and is seen alive this much later is alive. Shorter would believe what a slow list still shows. */
const BACK_AFTER_SECONDS = 60;

/** The status word of a machine that Novita has given an id and that no look has shown yet. */
export const PROMISED = 'accepted';

/**
 * When a machine is gone. Promises: one answer alone never proves absence, and a list never does; only Novita saying `removed`,
 * or saying repeatedly, to looks by id, that it knows no such machine.
 * @param lastDelete what became of our last delete of the machine (`ambiguous`, `rejected CONFLICT`, …); null: none was sent
 */
export const isGone = (machine: Machine, lastDelete: string | null, now: Date): boolean => {
  if (machine.goneAt) return true;
  if (machine.observation.state === 'removed') return true;
  if (machine.releaseAcknowledgedAt) return machine.missingProofs >= PROOFS_AFTER_DELETE;
  if (machine.missingProofs < PROOFS_OF_LOSS) return false;
  // a delete of ours whose answer was lost explains it; else it may be too young for Novita itself to know
  const isExplained = wasSeen(machine) && lastDelete !== null && MAY_HAVE_WORKED.has(lastDelete);
  return isExplained || secondsBetween(machine.firstSeenAt, machine.lastMissingAt ?? now) >= LOSS_MIN_AGE_SECONDS;
};

const MAY_HAVE_WORKED: ReadonlySet<string> = new Set(['ambiguous', 'not-found']);

/** Whether Novita has ever shown it, and not only promised it. */
const wasSeen = ({ observation }: Machine): boolean => observation.statusWord !== PROMISED;

/**
 * Whether one more "no such machine" at this time is a proof of its own: not the last one again, and not of a machine so young that
 * Novita itself may not know it yet, unless it was seen leaving.
 */
export const countsAsProof = (
  { lastMissingAt, releaseAcknowledgedAt, firstSeenAt, observation }: MissingMachine,
  now: Date,
): boolean => {
  const isYoung = secondsBetween(firstSeenAt, now) < YOUNG_SECONDS;
  if (isYoung && observation.state !== 'removing') return false;
  const spacing = releaseAcknowledgedAt ? PROOF_SPACING_AFTER_DELETE_SECONDS : PROOF_SPACING_OF_LOSS_SECONDS;
  return lastMissingAt === null || secondsBetween(lastMissingAt, now) >= spacing;
};

export type MissingMachine = Pick<Machine, 'lastMissingAt' | 'releaseAcknowledgedAt' | 'firstSeenAt'> & {
  observation: Pick<Machine['observation'], 'state'>;
};

/**
 * Whether a machine that was proved gone is there after all. Lists show the past for a while, so only a look well after its
 * record counts. Without this rule, a wrong record would leave a machine running unwatched.
 */
export const isBack = (goneAt: Date, state: MachineState, lookedAt: Date): boolean =>
  state !== 'removed' && state !== 'removing' && secondsBetween(goneAt, lookedAt) >= BACK_AFTER_SECONDS;
