import { isDeepStrictEqual } from 'node:util';
import { sql } from 'kysely';
import { expect } from 'vitest';
import { readEventsAfter, type EventQuery, type StoredEvent } from '../../../src/events/event-log.js';
import type { Limits } from '../../../src/vocabulary/limits.js';
import type { Snapshot } from '../../../src/novita-instances/domain/instance.js';
import type { Machine } from '../../../src/machines/domain/machine.js';
import { addSeconds, type Clock } from '../../../src/time/clock.js';
import { memoryCoreStore } from '../../simulation/memory-core-store.js';
import { MemoryDatabase } from '../../simulation/memory-database.js';
import { T0 } from '../../support/snapshot-builder.js';
import { queueInTable, type StoreStage } from '../../support/store-stage.js';
import { INSTANCE_IDS, OTHER_PROJECT_ID } from './small-world.js';
import type { Tally } from './tally.js';
import { CoreStore, postgresCoreStore } from '../../support/core-store.js';

/** What a store said: an answer, or which constraint it would have broken. */
export type Answer<T> = { value: T } | { rejected: string };

/** The two stores with one clock. Whatever one is asked, the other is asked too, and both must say the same. */
export class BothStores {
  private step = 0;
  private readonly enqueued: string[] = [];
  private readonly clock: Clock = { now: () => this.now, monotonicMs: () => 0 };
  private readonly memoryDatabase = new MemoryDatabase(
    (instanceId) => this.enqueued.push(`${this.step} ${instanceId}`),
    this.clock,
  );
  readonly memory = memoryCoreStore(this.memoryDatabase);
  /** Of both stores. */
  readonly ofService: Limits = this.memoryDatabase.limits.service;
  readonly memoryLimits = this.memoryDatabase.limits.projects;
  readonly postgres: CoreStore;

  private constructor(
    readonly stage: StoreStage,
    readonly tally: Tally,
  ) {
    this.postgres = postgresCoreStore(
      stage.database,
      queueInTable((instanceId) => `${this.step} ${instanceId}`),
      this.clock,
      this.ofService,
    );
  }

  /** To be done once: rows of the past must not be deleted, except between two lists. */
  static async prepare({ database }: StoreStage): Promise<void> {
    await sql`ALTER TABLE events DISABLE TRIGGER events_append_only`.execute(database);
    await sql`
      INSERT INTO projects (id, name, created_at, updated_at, last_event_seq)
      VALUES (${OTHER_PROJECT_ID}, 'other', now(), now(), 1)`.execute(database);
  }

  /** Both empty. A database of its own for each list, or TRUNCATE, would take longer than the list. */
  static async empty(stage: StoreStage, tally: Tally): Promise<BothStores> {
    stage.now = T0;
    await sql`
      DELETE FROM create_attempts; DELETE FROM machines; DELETE FROM events; DELETE FROM idempotency_keys;
      DELETE FROM instances; DELETE FROM strangers; DELETE FROM nudged; DELETE FROM offer_memory; DELETE FROM pull_memory;
      DELETE FROM fleet_guard; INSERT INTO fleet_guard DEFAULT VALUES;
      UPDATE capacity_looks SET looked_at = NULL;
      UPDATE projects SET max_instances = NULL, max_price_per_hour = NULL`.execute(stage.database);
    return new BothStores(stage, tally);
  }

  get now(): Date {
    return this.stage.now;
  }

  ago(seconds: number): Date {
    return addSeconds(this.now, -seconds);
  }

  wait(seconds: number): void {
    this.stage.now = addSeconds(this.now, seconds);
  }

  /** The next number, from this one on, of an instance that exists; but the last number stays, whether it does or not. */
  near(index: number): number {
    const count = INSTANCE_IDS.length;
    const candidates = index === count - 1 ? [] : INSTANCE_IDS.map((_, offset) => (index + offset) % count);
    return candidates.find((candidate) => this.snapshot(candidate)) ?? index;
  }

  /** What is known of an instance, by its number in the small world. */
  snapshot(index: number): Snapshot | null {
    return this.memory.snapshotOf(INSTANCE_IDS[index] ?? '');
  }

  machine(machineId: string): (Machine & { owner: string }) | null {
    for (const { instance, machines } of this.memory.allSnapshots()) {
      const found = machines.find((machine) => machine.machineId === machineId);
      if (found) return { ...found, owner: instance.id };
    }
    return null;
  }

  /** Asks both. `normal` evens out what cannot be equal by nature. */
  async ask<T>(
    call: (store: CoreStore) => Promise<T>,
    normal: (value: T) => unknown = (value) => value,
  ): Promise<Answer<T>> {
    this.step += 1;
    const ofPostgres = await answerOf(call(this.postgres));
    const ofMemory = await answerOf(call(this.memory));
    expectSame(
      'value' in ofMemory ? normal(ofMemory.value) : ofMemory,
      'value' in ofPostgres ? normal(ofPostgres.value) : ofPostgres,
    );
    return ofPostgres;
  }

  /** All events that pass the filter, read page by page. In both stores they are the same, in the same order of positions. */
  async followEvents(filter: Omit<EventQuery, 'after'>): Promise<StoredEvent[]> {
    const ofPostgres = await follow((after) => readEventsAfter(this.stage.database, { ...filter, after }));
    const ofMemory = await follow((after) => Promise.resolve(this.memory.eventsAfter({ ...filter, after })));
    expectSame(normalEvents(ofMemory), normalEvents(ofPostgres));
    return ofPostgres;
  }

  /** The jobs that every single call has put into the queue. */
  async expectSameEnqueued(): Promise<void> {
    expectSame(this.enqueued.toSorted(), (await this.stage.nudged()).sort());
  }

  /** Ids of instances, in the order of the ids. */
  async enqueuedIn(kind: 'memory' | 'postgres'): Promise<string[]> {
    const enqueued = kind === 'memory' ? this.enqueued : await this.stage.nudged();
    return enqueued.map((entry) => entry.split(' ')[1] ?? '').sort();
  }
}

const answerOf = async <T>(call: Promise<T>): Promise<Answer<T>> => {
  try {
    return { value: await call };
  } catch (error) {
    return { rejected: reasonOf(error) };
  }
};

const reasonOf = (error: unknown): string =>
  error instanceof Error && 'constraint' in error && typeof error.constraint === 'string'
    ? error.constraint
    : String(error);

const follow = async (read: (after: number) => Promise<StoredEvent[]>): Promise<StoredEvent[]> => {
  const all: StoredEvent[] = [];
  for (;;) {
    const after = all.at(-1)?.position ?? 0;
    const page = await read(after);
    if (page.length === 0) return all;
    for (const { position } of page.slice(0, 1)) expect(position).toBeGreaterThan(after);
    all.push(...page);
  }
};

/** The quick question first: the other one prepares a report. */
const expectSame = (ofMemory: unknown, ofPostgres: unknown): void => {
  if (!isDeepStrictEqual(ofMemory, ofPostgres)) {
    expect(ofMemory, 'what the store in memory says, and what PostgreSQL says').toStrictEqual(ofPostgres);
  }
};

/** Positions hold the time of the database, which no test can move. */
export const normalEvents = (events: StoredEvent[]): Omit<StoredEvent, 'position'>[] =>
  events.map(({ position: _position, ...event }) => event);

/** Machines come by the time at which they were first seen; which of two from one instant is first is nobody's promise. */
export const normalSnapshot = (snapshot: Snapshot): Snapshot => ({
  ...snapshot,
  machines: snapshot.machines.toSorted((a, b) =>
    a.firstSeenAt.getTime() === b.firstSeenAt.getTime() ? (a.machineId < b.machineId ? -1 : 1) : 0,
  ),
});

/** For answers that may hold a snapshot. */
export const normalResult = (result: object | null): unknown =>
  result && 'snapshot' in result ? { ...result, snapshot: normalSnapshot(result.snapshot as Snapshot) } : result;

export const sortedByMachine = <T extends { machineId: string }>(machines: T[]): T[] =>
  machines.toSorted((a, b) => (a.machineId < b.machineId ? -1 : 1));
