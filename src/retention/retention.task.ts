import type { BackgroundTask, StatusValue } from '../timetable/background-task.js';
import type { Clock } from '../time/clock.js';
import { expiryOf, type KeepFor } from './expiry.js';
import type { RetentionStore } from './retention-store.js';

/** Rows of one statement: more would hold locks, and the disk, for long. */
const ROWS_AT_ONCE = 500;
/** An instance is deleted with everything that is left of it. */
const INSTANCES_AT_ONCE = 50;
/** Between two statements others have the database. */
const PAUSE_MS = 50;
/** A run ends after this, and the next one goes on. */
const RUN_MS = 5_000;
const EVERY_MS = 300_000;
const WHILE_MORE_IS_LEFT_EVERY_MS = 10_000;
const LEASE_SECONDS = 60;

/** One kind of thing that grows. */
export interface RetentionPart {
  /** As the status value calls it. */
  name: string;
  rowsAtOnce: number;
  /** Deletes so many rows at most, and answers with how many. */
  deleteSome(limit: number): Promise<number>;
}

export interface RetentionParts {
  store: RetentionStore;
  keep: KeepFor;
  clock: Clock;
  pause: (ms: number) => Promise<void>;
  /** What other rooms have that grows. */
  others?: readonly RetentionPart[];
}

/** What may go now, in the order in which it has to: an instance goes when its events are gone. */
const partsOf = ({ store, keep, clock, others = [] }: RetentionParts): RetentionPart[] => {
  const expiry = expiryOf(keep, clock.now());
  const part = (
    name: string,
    before: Date | null,
    deleteBefore: (before: Date, limit: number) => Promise<number>,
    rowsAtOnce = ROWS_AT_ONCE,
  ): RetentionPart[] => (before ? [{ name, rowsAtOnce, deleteSome: (limit) => deleteBefore(before, limit) }] : []);
  return [
    ...part('idempotencyKeys', expiry.idempotencyKeys, (before, limit) => store.deleteIdempotencyKeys(before, limit)),
    ...part('events', expiry.events, (before, limit) => store.deleteEvents(before, limit)),
    ...part('attempts', expiry.attempts, (before, limit) => store.deleteAttempts(before, limit)),
    ...part('eventsOfDeletedInstances', expiry.deletedInstances, (before, limit) =>
      store.deleteEventsOfDeletedInstances(before, limit),
    ),
    ...part(
      'deletedInstances',
      expiry.deletedInstances,
      (before, limit) => store.deleteDeletedInstances(before, limit),
      INSTANCES_AT_ONCE,
    ),
    ...others,
  ];
};

/** Deletes what is older than its setting says. Nothing that is open, or that may cost money, is ever deleted: see `RetentionStore`. */
export const retentionTask = (parts: RetentionParts): BackgroundTask => {
  let isMoreLeft = false;
  return {
    name: 'retention',
    description:
      'Deletes events, idempotency keys, attempts and deleted instances that are older than their settings (RETENTION_…) say. Without it, the database grows.',
    lease: { name: 'retention', seconds: () => LEASE_SECONDS },
    periodMs: () => (isMoreLeft ? WHILE_MORE_IS_LEFT_EVERY_MS : EVERY_MS),
    longestPeriodMs: EVERY_MS,
    run: async (signal): Promise<StatusValue> => {
      const overAtMs = parts.clock.monotonicMs() + RUN_MS;
      const isOver = (): boolean => signal.aborted || parts.clock.monotonicMs() >= overAtMs;
      const deleted: Record<string, number> = {};
      isMoreLeft = false;
      for (const part of partsOf(parts)) {
        const { name, rowsAtOnce } = part;
        deleted[name] = 0;
        for (let rows = rowsAtOnce; rows === rowsAtOnce;) {
          if (isOver()) {
            isMoreLeft = true;
            break;
          }
          rows = await part.deleteSome(rowsAtOnce);
          deleted[name] += rows;
          if (rows > 0) await parts.pause(PAUSE_MS);
        }
      }
      return { ...deleted, more: isMoreLeft };
    },
  };
};
