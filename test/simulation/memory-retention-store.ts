import type { StoredEvent } from '../../src/events/event-log.js';
import { SHOWN_ATTEMPTS, type Attempt, type Snapshot } from '../../src/novita-instances/domain/instance.js';
import type { RetentionStore } from '../../src/retention/retention-store.js';
import { answer, type MemoryDatabase } from './memory-database.js';
import type { MemoryTables } from './memory-tables.js';

/** Is told what retention is about to delete. */
export interface DeletionListener {
  instance: (snapshot: Snapshot) => void;
  attempt: (instanceId: string, attempt: Attempt) => void;
}

/** Retention in memory. It means what `PostgresRetentionStore` means: both pass the same suite. */
export class MemoryRetentionStore implements RetentionStore {
  constructor(
    private readonly database: MemoryDatabase,
    private readonly onDelete: DeletionListener | null = null,
  ) {}

  private get tables(): MemoryTables {
    return this.database.tables;
  }

  deleteEvents(before: Date, limit: number): Promise<number> {
    return answer(() => this.deleteEventsOf([...this.tables.events.keys()], limit, ({ at }) => at < before));
  }

  deleteEventsOfDeletedInstances(before: Date, limit: number): Promise<number> {
    return answer(() => this.deleteEventsOf(this.instancesThatAreOver(before), limit, () => true));
  }

  private deleteEventsOf(instanceIds: string[], limit: number, isOld: (event: StoredEvent) => boolean): number {
    let deleted = 0;
    for (const id of instanceIds) {
      const known = this.tables.eventsOf(id);
      const kept = known.filter((event) => !isOld(event) || deleted++ >= limit);
      deleted = Math.min(deleted, limit);
      if (kept.length < known.length) this.tables.events.set(id, kept);
    }
    return deleted;
  }

  private instancesThatAreOver(before: Date): string[] {
    return [...this.tables.instances.values()]
      .filter(
        ({ instance: { id, deletedAt } }) =>
          deletedAt !== null &&
          deletedAt < before &&
          this.tables.machinesOf(id).every(({ machine }) => machine.goneAt !== null) &&
          !(this.tables.attempts.get(id) ?? []).some(({ attempt: { state } }) =>
            ['SENDING', 'AMBIGUOUS'].includes(state),
          ),
      )
      .map(({ instance }) => instance.id);
  }

  deleteDeletedInstances(before: Date, limit: number): Promise<number> {
    return answer(() => {
      const over = this.instancesThatAreOver(before).filter((id) => this.tables.eventsOf(id).length === 0);
      for (const id of over.slice(0, limit)) {
        const snapshot = this.tables.snapshotOf(id);
        if (snapshot) this.onDelete?.instance(snapshot);
        this.tables.removeInstance(id);
      }
      return Math.min(over.length, limit);
    });
  }

  deleteIdempotencyKeys(before: Date, limit: number): Promise<number> {
    return answer(() => {
      const old = [...this.tables.keys].filter(([, { createdAt }]) => createdAt < before).slice(0, limit);
      for (const [key] of old) this.tables.keys.delete(key);
      return old.length;
    });
  }

  deleteAttempts(before: Date, limit: number): Promise<number> {
    return answer(() => {
      let deleted = 0;
      for (const [instanceId, rows] of this.tables.attempts) {
        const shown = (rows.at(-1)?.attempt.number ?? 0) - SHOWN_ATTEMPTS;
        const numbersOfMachines = this.tables.machinesOf(instanceId).map(({ machine }) => machine.attemptNumber);
        const kept = rows.filter(({ attempt: { number, state, sentAt } }) => {
          const madeNone = (state === 'REJECTED' || state === 'NOT_SENT') && !numbersOfMachines.includes(number);
          const isOld = madeNone && number <= shown && sentAt < before;
          if (!isOld || deleted >= limit) return true;
          deleted += 1;
          return false;
        });
        for (const row of rows) if (!kept.includes(row)) this.onDelete?.attempt(instanceId, row.attempt);
        if (kept.length < rows.length) this.tables.setAttempts(instanceId, kept);
      }
      return deleted;
    });
  }
}
