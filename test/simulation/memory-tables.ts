import type { StoredEvent } from '../../src/events/event-log.js';
import { NEW_GUARD, type Guard } from '../../src/machines/domain/fleet-guard.js';
import type { Attempt, Instance } from '../../src/novita-instances/domain/instance.js';
import type { Machine } from '../../src/machines/domain/machine.js';
import type { KnownStranger } from '../../src/machines/store/machine-store.js';

export interface InstanceRow {
  instance: Instance;
  watchClosely: boolean;
  wakeAt: Date | null;
  regionId: string | null;
}

export interface AttemptRow {
  attempt: Attempt;
}

export interface MachineRow {
  instanceId: string;
  machine: Machine;
  condemnedByCode: boolean;
}

const MAPS = [
  'instances',
  'attempts',
  'machines',
  'machineIds',
  'events',
  'keys',
  'strangers',
  'tags',
  'heldBy',
] as const;

export interface KeyRow {
  fingerprint: string;
  requestFingerprint: string;
  instanceId: string;
  createdAt: Date;
}

/** The tables as maps of rows that are never changed, with the indexes that the questions need. */
export class MemoryTables {
  instances = new Map<string, InstanceRow>();
  attempts = new Map<string, AttemptRow[]>();
  machines = new Map<string, MachineRow>();
  machineIds = new Map<string, string[]>();
  /** By the id of their subject. */
  events = new Map<string, StoredEvent[]>();
  keys = new Map<string, KeyRow>();
  strangers = new Map<string, KnownStranger>();
  tags = new Map<string, string>();
  heldBy = new Map<string, string>();
  guard: Guard = NEW_GUARD;
  /** Of the event that was written last. */
  lastPosition = 0;
  /** The number of the fleet's last event. */
  lastFleetSeq = 0;
  /** Ids of machines that are not gone. */
  live = new Set<string>();
  /** Instances with a create that is not decided. */
  private open = new Set<string>();

  static from(snapshot: Snapshot): MemoryTables {
    const tables = new MemoryTables();
    for (const name of MAPS) tables[name] = new Map(snapshot[name] as never) as never;
    tables.guard = snapshot.guard;
    tables.lastPosition = snapshot.lastPosition;
    tables.lastFleetSeq = snapshot.lastFleetSeq;
    tables.live = new Set(snapshot.live);
    tables.open = new Set(snapshot.open);
    return tables;
  }

  snapshot(): Snapshot {
    return MemoryTables.from(this as never) as never;
  }

  setAttempts(instanceId: string, rows: AttemptRow[]): void {
    for (const { attempt } of this.attempts.get(instanceId) ?? []) {
      this.tags.delete(attempt.tag);
      if (attempt.machineId !== null) this.heldBy.delete(attempt.machineId);
    }
    this.attempts.set(instanceId, rows);
    for (const { attempt } of rows) {
      this.tags.set(attempt.tag, `${instanceId}#${attempt.number}`);
      if (attempt.machineId !== null) this.heldBy.set(attempt.machineId, `${instanceId}#${attempt.number}`);
    }
    const isOpen = rows.some(({ attempt }) => attempt.state === 'SENDING' || attempt.state === 'AMBIGUOUS');
    if (isOpen) this.open.add(instanceId);
    else this.open.delete(instanceId);
  }

  replaceAttempt(instanceId: string, row: AttemptRow): void {
    const rows = this.attempts.get(instanceId) ?? [];
    this.setAttempts(
      instanceId,
      rows.map((old) => (old.attempt.number === row.attempt.number ? row : old)),
    );
  }

  *openAttempts(): Generator<AttemptRow> {
    for (const instanceId of this.open) {
      for (const row of this.attempts.get(instanceId) ?? []) {
        if (row.attempt.state === 'SENDING' || row.attempt.state === 'AMBIGUOUS') yield row;
      }
    }
  }

  ambiguousAttempts(): { instanceId: string; row: AttemptRow }[] {
    return [...this.open].flatMap((instanceId) =>
      (this.attempts.get(instanceId) ?? [])
        .filter(({ attempt }) => attempt.state === 'AMBIGUOUS')
        .map((row) => ({ instanceId, row })),
    );
  }

  /** With everything of it. */
  removeInstance(instanceId: string): void {
    this.setAttempts(instanceId, []);
    this.attempts.delete(instanceId);
    for (const machineId of this.machineIds.get(instanceId) ?? []) {
      this.machines.delete(machineId);
      this.live.delete(machineId);
    }
    this.machineIds.delete(instanceId);
    this.events.delete(instanceId);
    for (const [key, { instanceId: owner }] of this.keys) if (owner === instanceId) this.keys.delete(key);
    this.instances.delete(instanceId);
  }

  addMachine(row: MachineRow): void {
    const { machineId } = row.machine;
    this.machineIds.set(row.instanceId, [...(this.machineIds.get(row.instanceId) ?? []), machineId]);
    this.replaceMachine(row);
  }

  replaceMachine(row: MachineRow): void {
    const { machineId, goneAt } = row.machine;
    this.machines.set(machineId, row);
    if (goneAt) this.live.delete(machineId);
    else this.live.add(machineId);
  }
}

/** A copy of the tables at one moment. Opaque to everybody but the store. */
export type Snapshot = Pick<
  MemoryTables,
  (typeof MAPS)[number] | 'guard' | 'lastPosition' | 'lastFleetSeq' | 'live'
> & {
  open: Set<string>;
};
