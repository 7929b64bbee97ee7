import { addSeconds, secondsBetween } from '../../time/clock.js';
import type { ReadinessProgress } from './progress.js';

/**
 * A workload that turns from ready to unready and back, again and again, is flapping. Each turn is an event and moves traffic, so turns are
 * damped: it turns unready as ever, since that is the careful answer, and ready only when it has answered every probe for a while. That
 * while doubles with each turn.
 */

/** Turns that are older say nothing about now. */
const WINDOW_SECONDS = 1_800;
/** So many turns in the window are flapping: twice unready, and back. */
const FLAPPING_TURNS = 4;
const HOLD = { firstSeconds: 15, mostSeconds: 600 } as const;
/** More than can matter. */
const MOST_TURNS = 20;

/** The turns that count now. */
export const turnsLately = ({ turns }: Pick<ReadinessProgress, 'turns'>, now: Date): Date[] => {
  const oldest = addSeconds(now, -WINDOW_SECONDS);
  return turns.filter((turn) => turn > oldest).slice(-MOST_TURNS);
};

/** By the turns as they are stored: those of the time before the last probe. */
export const isFlapping = ({ turns }: Pick<ReadinessProgress, 'turns'>): boolean => turns.length >= FLAPPING_TURNS;

/** For how many seconds every probe must be answered well until the workload is ready again. 0: it does not flap. */
export const holdSeconds = ({ turns }: Pick<ReadinessProgress, 'turns'>): number =>
  isFlapping({ turns }) ? Math.min(HOLD.mostSeconds, HOLD.firstSeconds * 2 ** (turns.length - FLAPPING_TURNS)) : 0;

/** Whether it has answered for so long without a break. */
export const isHeldLongEnough = (progress: Pick<ReadinessProgress, 'turns' | 'successSince'>, now: Date): boolean =>
  progress.successSince !== null && secondsBetween(progress.successSince, now) >= holdSeconds(progress);
