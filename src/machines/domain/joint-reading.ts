import { secondsBetween } from '../../time/clock.js';

/**
 * When several readings of Novita's list show the whole fleet together. Novita promises no order: a list of several pages whose
 * order changes between requests shows some machines twice and others not at all, so no single reading is ever complete.
 *
 * Promises: readings count together only while each of them says the same total, and within one window; they are complete when
 * they have shown as many machines as that total, and one more reading has shown no other. The last condition finds most
 * machines that came while another one left, which leaves the total as it was. What is complete is as old as the first of the
 * readings: a machine that appeared after it began may be missing.
 */
export interface Reading {
  startedAt: Date;
  /** How many machines there are; null when the reading could not tell. */
  total: number | null;
  ids: readonly string[];
}

export interface JointReading {
  /** When the first of them began: what they prove, they prove of that time. */
  startedAt: Date;
  ids: string[];
}

/**
 * Readings that are further apart are not taken together. A reading of random pages misses a third of the machines, so that ten
 * of them show a thousand. Shorter than the time for which the guard believes a reading.
 */
const WINDOW_SECONDS = 240;

/** The readings that may still become complete together, with this one. */
export const withReading = (earlier: readonly Reading[], next: Reading): Reading[] => {
  if (next.total === null) return [];
  const fits = ({ total, startedAt }: Reading): boolean =>
    total === next.total && secondsBetween(startedAt, next.startedAt) <= WINDOW_SECONDS;
  // since all earlier ones agree with each other, one that differs sets them all aside
  return [...earlier.filter(fits), next];
};

/** The latest of these readings that are complete together; null: they are not. In the order in which they were made. */
export const jointReading = (readings: readonly Reading[]): JointReading | null => {
  const last = readings.at(-1);
  if (!last || last.total === null) return null;
  const { total } = last;
  const before = new Set<string>();
  const all = new Set(last.ids);
  for (const { startedAt, ids } of readings.slice(0, -1).toReversed()) {
    for (const id of ids) {
      before.add(id);
      all.add(id);
    }
    if (all.size > total) return null;
    if (before.size === total) return { startedAt, ids: [...all] };
  }
  return null;
};
