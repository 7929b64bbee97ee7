import { describe, expect, it } from 'vitest';
import type { RetentionStore } from './retention-store.js';
import { retentionTask } from './retention.task.js';

const NOON = Date.UTC(2026, 5, 1, 12);
const DAY_MS = 86_400_000;
const KEEP = { eventsDays: 90, idempotencyKeysHours: 24, attemptsDays: 30, deletedInstancesDays: 60 };
const RUNS = new AbortController().signal;
const NEVER_AGAIN = (): void => undefined;

/** So many old rows of each kind, and a clock that a statement moves. */
const stage = (rows: Partial<Record<keyof RetentionStore, number>>, statementMs = 10) => {
  let nowMs = 0;
  const left: Record<string, number> = { ...rows };
  const asked: { name: string; before: Date; limit: number }[] = [];
  const pauses: number[] = [];
  const deleteSome =
    (name: keyof RetentionStore) =>
    (before: Date, limit: number): Promise<number> => {
      nowMs += statementMs;
      asked.push({ name, before, limit });
      const deleted = Math.min(left[name] ?? 0, limit);
      left[name] = (left[name] ?? 0) - deleted;
      return Promise.resolve(deleted);
    };
  const store: RetentionStore = {
    deleteEvents: deleteSome('deleteEvents'),
    deleteIdempotencyKeys: deleteSome('deleteIdempotencyKeys'),
    deleteAttempts: deleteSome('deleteAttempts'),
    deleteEventsOfDeletedInstances: deleteSome('deleteEventsOfDeletedInstances'),
    deleteDeletedInstances: deleteSome('deleteDeletedInstances'),
  };
  const task = (keep = KEEP) =>
    retentionTask({
      store,
      keep,
      clock: { now: () => new Date(NOON), monotonicMs: () => nowMs },
      pause: (ms) => {
        pauses.push(ms);
        return Promise.resolve();
      },
    });
  return { task, asked, pauses, left };
};

describe('retention', () => {
  it('says how many of each it deleted, in small batches with a pause after each', async () => {
    const { task, asked, pauses } = stage({ deleteEvents: 1_100, deleteAttempts: 3, deleteDeletedInstances: 50 });
    const retention = task();
    expect(await retention.run(RUNS, NEVER_AGAIN)).toEqual({
      idempotencyKeys: 0,
      events: 1_100,
      attempts: 3,
      eventsOfDeletedInstances: 0,
      deletedInstances: 50,
      more: false,
    });
    expect(Math.max(...asked.map(({ limit }) => limit))).toBeLessThanOrEqual(500);
    expect(pauses).toHaveLength(5);
    expect(retention.periodMs()).toBe(300_000);
  });

  it('stops after some seconds, says that more is left, and goes on soon', async () => {
    const { task, left } = stage({ deleteEvents: 100_000 }, 1_000);
    const retention = task();
    expect(await retention.run(RUNS, NEVER_AGAIN)).toMatchObject({ more: true, events: 2_000, deletedInstances: 0 });
    expect(retention.periodMs()).toBeLessThanOrEqual(10_000);
    expect(left['deleteEvents']).toBe(98_000);
  });

  it('stops when the process leaves', async () => {
    const { task, asked } = stage({ deleteEvents: 100_000 });
    expect(await task().run(AbortSignal.abort(), NEVER_AGAIN)).toMatchObject({ more: true, events: 0 });
    expect(asked).toEqual([]);
  });

  it('counts each kind from now back', async () => {
    const { task, asked } = stage({});
    await task().run(RUNS, NEVER_AGAIN);
    expect(new Map(asked.map(({ name, before }) => [name, (NOON - before.getTime()) / DAY_MS]))).toEqual(
      new Map([
        ['deleteIdempotencyKeys', 1],
        ['deleteEvents', 90],
        ['deleteAttempts', 30],
        ['deleteEventsOfDeletedInstances', 60],
        ['deleteDeletedInstances', 60],
      ]),
    );
  });

  it('keeps for ever what is to be kept for 0 days', async () => {
    const { task, asked } = stage({});
    const status = await task({ ...KEEP, eventsDays: 0, attemptsDays: 0, deletedInstancesDays: 0 }).run(
      RUNS,
      NEVER_AGAIN,
    );
    expect(status).toEqual({ idempotencyKeys: 0, more: false });
    expect(asked.map(({ name }) => name)).toEqual(['deleteIdempotencyKeys']);
  });
});
