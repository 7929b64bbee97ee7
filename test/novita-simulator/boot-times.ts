import type { Status } from './machine.js';
import type { SeededRandom } from './seeded-random.js';

/** A range in real seconds. A value in it is drawn for each machine. */
export type Range = readonly [from: number, to: number];

/** How long each phase takes at time factor 1. */
export interface BootTimes {
  /** pending or toCreate */
  queued: Range;
  creating: Range;
  pulling: Range;
  /** Pulling an image of many GB; the same as `pulling` when only that is given. */
  pullingLarge: Range;
  /** From running until the workload answers. */
  workload: Range;
  starting: Range;
  stopping: Range;
  restarting: Range;
  /** Replacing the container by an upgrade, without the pull. */
  resetting: Range;
  removing: Range;
  migrating: Range;
  /** How long a removed machine is still listed. */
  lingering: Range;
  /** How long a spot machine runs before it can get a notice. */
  guarantee: Range;
  /** From a spot notice until the deadline, and from there until the machine is taken. */
  notice: Range;
  reclaiming: Range;
  /** Saving an image: preparation, then the job itself. */
  preparing: Range;
  saving: Range;
  /** Loading an image onto the nodes of a cluster: waiting, then the task itself. */
  prewarmQueued: Range;
  prewarming: Range;
  /** From a fault of a node until its machines are moved, unless they move by themselves. */
  untilMoved: Range;
}

export const NOVITA_BOOT_TIMES: BootTimes = {
  queued: [1, 3],
  creating: [2, 10],
  pulling: [5, 20],
  pullingLarge: [60, 300],
  workload: [2, 10],
  starting: [5, 20],
  stopping: [5, 30],
  restarting: [5, 20],
  resetting: [5, 20],
  removing: [2, 10],
  migrating: [10, 60],
  lingering: [30, 30],
  guarantee: [3600, 3600],
  notice: [3600, 3600],
  reclaiming: [10, 60],
  preparing: [5, 20],
  saving: [60, 300],
  prewarmQueued: [5, 20],
  prewarming: [60, 600],
  untilMoved: [7 * 86_400, 7 * 86_400],
};

/** Images of tens of gigabytes, so that the sandbox shows a long pull. */
const LARGE_IMAGE = /vllm|sglang|comfyui|pytorch|tensorflow|text-generation/i;

export const isLargeImage = (imageUrl: string): boolean => LARGE_IMAGE.test(imageUrl);

/** The time that a status takes, and its share of it: `toStop` and `stopping` share one. Absent: the machine rests. */
const PHASES: Partial<Record<Status, [time: keyof BootTimes, share: number]>> = {
  pending: ['queued', 1],
  toCreate: ['queued', 1],
  creating: ['creating', 1],
  toStop: ['stopping', 0.1],
  stopping: ['stopping', 0.9],
  toStart: ['starting', 0.1],
  starting: ['starting', 0.9],
  toRestart: ['restarting', 0.1],
  restarting: ['restarting', 0.9],
  toReset: ['resetting', 0.1],
  resetting: ['resetting', 0.9],
  toRemove: ['removing', 0.1],
  removing: ['removing', 0.9],
  migrating: ['migrating', 1],
};

export function drawMs(range: Range, random: SeededRandom, timeFactor: number): number {
  return (random.between(range[0], range[1]) * 1000) / timeFactor;
}

/** How long a status lasts, in milliseconds, or null when it does not end without action. */
export function drawPhaseMs(
  status: Status,
  imageUrl: string,
  times: BootTimes,
  random: SeededRandom,
  timeFactor: number,
): number | null {
  if (status === 'pulling') {
    return drawMs(isLargeImage(imageUrl) ? times.pullingLarge : times.pulling, random, timeFactor);
  }
  const phase = PHASES[status];
  return phase === undefined ? null : drawMs(times[phase[0]], random, timeFactor) * phase[1];
}
