import type { Cause } from '../../src/vocabulary/principal.js';
import { FLEET } from '../../src/events/event-log.js';
import { GUARD_POLICY, guardEvents, type Guard } from '../../src/machines/domain/fleet-guard.js';
import type { GuardStore } from '../../src/machines/store/guard-store.js';
import { answer, type MemoryDatabase } from './memory-database.js';
import type { MemoryTables } from './memory-tables.js';

/** The guard of the fleet in memory. It means what `PostgresGuardStore` means: both pass the same suite. */
export class MemoryGuardStore implements GuardStore {
  constructor(private readonly database: MemoryDatabase) {}

  private get tables(): MemoryTables {
    return this.database.tables;
  }

  guard(): Promise<Guard> {
    return answer(() => this.tables.guard);
  }

  changeGuard(change: (guard: Guard) => Guard | null, cause: Cause = GUARD_POLICY): Promise<Guard> {
    return answer(() => {
      const before = this.tables.guard;
      const after = change(before);
      if (after) {
        this.tables.guard = { ...after, epoch: after.epoch + 1 };
        const events = guardEvents(before, after);
        const lastSeq = this.tables.lastFleetSeq;
        this.tables.append({ subject: FLEET, lastSeq, ...cause, at: this.database.clock.now() }, events);
        this.tables.lastFleetSeq += events.length;
      }
      return this.tables.guard;
    });
  }

  condemnByCode(machineId: string, at: Date, since: Date, limitOf: (fleet: number) => number): Promise<boolean> {
    return answer(() => {
      const row = this.tables.machines.get(machineId);
      if (row?.machine.condemnedAt) return true;
      if (this.tables.guard.frozen) return false;
      let condemned = 0;
      for (const other of this.tables.machines.values()) {
        if (other.condemnedByCode && other.machine.condemnedAt && other.machine.condemnedAt > since) condemned += 1;
      }
      if (condemned >= limitOf(this.tables.live.size)) return false;
      if (row) {
        this.tables.replaceMachine({ ...row, condemnedByCode: true, machine: { ...row.machine, condemnedAt: at } });
      }
      return true;
    });
  }
}
