import { addSeconds } from '../time/clock.js';
import type { ResyncReason } from '../vocabulary/resync-reason.js';

/** Where a stream begins: after a position, or with a `resync` and the newest events. */
export type Beginning = { after: number } | { resync: ResyncReason };

/** What is known about the position that a client sent. */
export interface ResumeFacts {
  /** Null: the text is not the id of an event. */
  position: number | null;
  /** When the event at this position happened; null when no event has it. */
  happenedAt: Date | null;
  now: Date;
  /** After how many days events may be deleted; null: never. */
  keptDays: number | null;
}

const DAY_SECONDS = 86_400;

/**
 * A stream goes on only from an event that still exists and is younger than what retention deletes: then no event after it is missing.
 * Position 0 is before all events; a client with it has none yet, and gets all that are kept.
 */
export const beginningOf = ({ position, happenedAt, now, keptDays }: ResumeFacts): Beginning => {
  if (position === 0) return { after: 0 };
  if (position === null || !happenedAt) return { resync: 'unknown' };
  if (keptDays !== null && happenedAt < addSeconds(now, -keptDays * DAY_SECONDS)) return { resync: 'expired' };
  return { after: position };
};

/** Retention deletes events by their age, and events of instances that were deleted some time ago. A setting of 0 keeps them for ever. */
export const keptDaysOf = (settings: readonly number[]): number | null => {
  const days = settings.filter((each) => each > 0);
  return days.length === 0 ? null : Math.min(...days);
};
