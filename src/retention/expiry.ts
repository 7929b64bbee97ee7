import { addSeconds } from '../time/clock.js';

const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 86_400;

/** For how long things are kept. 0: for ever. */
export interface KeepFor {
  eventsDays: number;
  /** Never 0: a key that is kept for ever is of no use to anybody. */
  idempotencyKeysHours: number;
  attemptsDays: number;
  deletedInstancesDays: number;
}

/** What is from before these times may go. Null: nothing may. */
export interface Expiry {
  events: Date | null;
  idempotencyKeys: Date;
  attempts: Date | null;
  deletedInstances: Date | null;
}

export const expiryOf = (keep: KeepFor, now: Date): Expiry => {
  const daysAgo = (days: number): Date | null => (days === 0 ? null : addSeconds(now, -days * DAY_SECONDS));
  return {
    events: daysAgo(keep.eventsDays),
    idempotencyKeys: addSeconds(now, -keep.idempotencyKeysHours * HOUR_SECONDS),
    attempts: daysAgo(keep.attemptsDays),
    deletedInstances: daysAgo(keep.deletedInstancesDays),
  };
};
