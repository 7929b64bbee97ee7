import type { WaitGoal } from '../../vocabulary/wait-goal.js';
import type { Instance, Snapshot } from './instance.js';
import { instancePhase } from './instance-phase.js';

/** What a caller waits for. */
export interface WaitWish {
  goal: WaitGoal;
  /** At least this generation must have come to the goal. Null: any. */
  generation: number | null;
}

/** `never`: it can come true only after another command. `because` says what stands in the way. */
export type WaitVerdict = { is: 'so' } | { is: 'not-yet' } | { is: 'never'; because: 'failed' | 'stopped' | 'deleted' };

const NOT_YET: WaitVerdict = { is: 'not-yet' };

/**
 * Whether an instance is what a caller waits for. A delete is final and never gives up, so no caller waits for it in vain, and nothing else
 * can come after it. `stopped` and `deleted` may be waited for before they are asked for: another caller or a policy may do so.
 */
export const judgeWait = (snapshot: Snapshot, { goal, generation }: WaitWish): WaitVerdict => {
  const { instance } = snapshot;
  const status = instancePhase(snapshot);
  if (goal === 'deleted') return soWhen(status === 'deleted');
  if (instance.desired === 'deleted') return { is: 'never', because: 'deleted' };
  if (generation !== null && instance.generation < generation) return NOT_YET;
  if (status === 'failed') return { is: 'never', because: 'failed' };
  if (goal === 'stopped') return soWhen(status === 'stopped');
  if (instance.desired === 'stopped') return { is: 'never', because: 'stopped' };
  if (generation !== null && isUpdating(instance, generation)) return NOT_YET;
  return soWhen(status === 'ready' && (generation === null || !isReplacing(instance)));
};

const soWhen = (isSo: boolean): WaitVerdict => (isSo ? { is: 'so' } : NOT_YET);

/**
 * A replacement that a caller asked for has a generation, and the machine before it still answers as `ready`. The generation has come to
 * its goal with the cut-over, or when the replacement has failed and the instance stays where it is.
 */
const isReplacing = ({ replacement }: Instance): boolean =>
  replacement?.reason === 'requested' && replacement.phase !== 'draining';

/** The machine before it answers as `ready`, too. An update that has failed has come to its end: the instance stays what it was. */
const isUpdating = ({ update }: Instance, generation: number): boolean =>
  update?.state === 'pending' && update.generation <= generation;
