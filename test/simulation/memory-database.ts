import type { EventQuery, StoredEvent } from '../../src/events/event-log.js';
import { UNLIMITED, type Limits } from '../../src/vocabulary/limits.js';
import type { Guard } from '../../src/machines/domain/fleet-guard.js';
import type { Machine } from '../../src/machines/domain/machine.js';
import type { KnownStranger } from '../../src/machines/store/machine-store.js';
import type { Snapshot } from '../../src/novita-instances/domain/instance.js';
import { isWithin } from '../../src/vocabulary/project.js';
import type { Clock } from '../../src/time/clock.js';
import { MemoryTables, type TablesSnapshot } from './memory-tables.js';

/**
 * The tables that the stores in memory share, with the clock of the database and its queue of jobs. What the stores write is
 * written at once. The methods here are for those who look at the database from outside: the laws, the operator, the tests.
 */
export class MemoryDatabase {
  tables = new MemoryTables();
  /** Set by tests and by the simulation: commands do not change limits here. */
  readonly limits = { service: { ...UNLIMITED }, projects: new Map<string, Limits>() };

  constructor(
    readonly enqueue: (instanceId: string) => void,
    readonly clock: Clock,
  ) {}

  snapshot(): TablesSnapshot {
    return this.tables.snapshot();
  }

  restore(snapshot: TablesSnapshot): void {
    this.tables = MemoryTables.from(snapshot);
  }

  snapshotOf(instanceId: string): Snapshot | null {
    return this.tables.snapshotOf(instanceId);
  }

  eventsOf(instanceId: string): StoredEvent[] {
    return this.tables.eventsOf(instanceId);
  }

  allSnapshots(): Snapshot[] {
    return [...this.tables.instances.keys()].sort().flatMap((id) => this.tables.snapshotOf(id) ?? []);
  }

  /** As {@link readEventsAfter} reads them. */
  eventsAfter({ after, limit, types, subjectId, actor, within = null }: EventQuery): StoredEvent[] {
    return [...this.tables.events.values()]
      .flat()
      .filter(
        (event) =>
          event.position > after &&
          (types?.includes(event.type) ?? true) &&
          (subjectId === undefined || event.subject.id === subjectId) &&
          isWithin(event.projectId, within) &&
          (actor === undefined || event.actor === actor),
      )
      .sort((a, b) => a.position - b.position)
      .slice(0, limit);
  }

  /** Whether anything moves that only observations can show. */
  isMoving(): boolean {
    for (const id of this.tables.live) {
      const row = this.tables.machines.get(id);
      if (row && this.tables.instances.get(row.instanceId)?.watchClosely) return true;
    }
    for (const _open of this.tables.openAttempts()) return true;
    return false;
  }

  /** The earliest wake-up. A driver that knows it need not ask all the time. */
  nextWakeAt(): Date | null {
    let next: Date | null = null;
    for (const { wakeAt } of this.tables.instances.values()) if (wakeAt && (!next || wakeAt < next)) next = wakeAt;
    return next;
  }

  /** The position of the event that was written last. */
  lastPosition(): number {
    return this.tables.lastPosition;
  }

  machineNow(machineId: string): Machine | null {
    return this.tables.machines.get(machineId)?.machine ?? null;
  }

  strangerNow(machineId: string): KnownStranger | undefined {
    return this.tables.strangers.get(machineId);
  }

  guardNow(): Guard {
    return this.tables.guard;
  }
}

/** Does the work at once. A mistake is a rejected promise, as it is from a real database. */
export const answer = <T>(work: () => T): Promise<T> => {
  try {
    return Promise.resolve(work());
  } catch (error) {
    return Promise.reject(error instanceof Error ? error : new Error(String(error)));
  }
};
