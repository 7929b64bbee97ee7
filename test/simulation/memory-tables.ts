import type { EventDraft, SubjectKind } from '../../src/events/event-catalogue.js';
import type { AppendTarget, StoredEvent } from '../../src/events/event-log.js';
import type { OfferMemory, PullMemory } from '../../src/catalogue/domain/offer-memory.js';
import { NEW_GUARD, type Guard } from '../../src/machines/domain/fleet-guard.js';
import type { Attempt, Snapshot, Instance } from '../../src/novita-instances/domain/instance.js';
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
  'offerMemory',
  'pullMemory',
] as const;

export interface KeyRow {
  fingerprint: string;
  requestFingerprint: string;
  instanceId: string;
  createdAt: Date;
}

/** The tables as maps, with the indexes that queries need. Rows are replaced and never changed, so a copy of the maps is a snapshot. */
export class MemoryTables {
  instances = new Map<string, InstanceRow>();
  attempts = new Map<string, AttemptRow[]>();
  machines = new Map<string, MachineRow>();
  machineIds = new Map<string, string[]>();
  /** By the id of the subject. */
  events = new Map<string, StoredEvent[]>();
  keys = new Map<string, KeyRow>();
  strangers = new Map<string, KnownStranger>();
  tags = new Map<string, string>();
  heldBy = new Map<string, string>();
  /** By the key of the offer. */
  offerMemory = new Map<string, OfferMemory>();
  /** By image, and then by region. */
  pullMemory = new Map<string, ReadonlyMap<string, PullMemory>>();
  guard: Guard = NEW_GUARD;
  /** The position of the event that was written last. */
  lastPosition = 0;
  /** The number of the fleet's last event. */
  lastFleetSeq = 0;
  /** When the catalogue was last looked at for all who wait for capacity. */
  capacityLookedAt: Date | null = null;
  /** Ids of machines that are not gone. */
  live = new Set<string>();
  /** Ids of instances with an attempt whose outcome is not known yet. */
  private open = new Set<string>();

  static from(snapshot: TablesSnapshot): MemoryTables {
    const tables = new MemoryTables();
    for (const name of MAPS) tables[name] = new Map(snapshot[name] as never) as never;
    tables.guard = snapshot.guard;
    tables.lastPosition = snapshot.lastPosition;
    tables.lastFleetSeq = snapshot.lastFleetSeq;
    tables.capacityLookedAt = snapshot.capacityLookedAt;
    tables.live = new Set(snapshot.live);
    tables.open = new Set(snapshot.open);
    return tables;
  }

  snapshot(): TablesSnapshot {
    return MemoryTables.from(this as never) as never;
  }

  /** An instance with everything that is known about it, or null. */
  snapshotOf(instanceId: string): Snapshot | null {
    const row = this.instances.get(instanceId);
    if (!row) return null;
    return {
      instance: row.instance,
      attempts: (this.attempts.get(instanceId) ?? []).map(({ attempt }) => attempt),
      machines: this.machinesOf(instanceId).map(({ machine }) => machine),
    };
  }

  /** In the order in which they were first seen. */
  machinesOf(instanceId: string): MachineRow[] {
    return (this.machineIds.get(instanceId) ?? [])
      .flatMap((id) => this.machines.get(id) ?? [])
      .sort((a, b) => a.machine.firstSeenAt.getTime() - b.machine.firstSeenAt.getTime());
  }

  /** Machines that are not gone. */
  liveMachines(): MachineRow[] {
    return [...this.live].flatMap((id) => this.machines.get(id) ?? []);
  }

  eventsOf(subjectId: string): StoredEvent[] {
    return this.events.get(subjectId) ?? [];
  }

  /** Appends events of one subject. Their numbers go on from `lastSeq`. */
  append<K extends SubjectKind>(
    { subject, lastSeq, actor, requestId, at, projectId }: AppendTarget<K>,
    drafts: EventDraft<K>[],
  ): void {
    if (drafts.length === 0) return;
    const known = this.eventsOf(subject.id);
    const added = drafts.map(({ type, data }, index) => ({
      position: this.nextPosition(at),
      subject,
      seq: lastSeq + 1 + index,
      type,
      data,
      actor,
      requestId,
      at,
      projectId: projectId ?? this.instances.get(subject.id)?.instance.projectId ?? null,
    }));
    const all = [...known, ...added];
    if ((known.at(-1)?.seq ?? 0) > lastSeq) all.sort((a, b) => a.seq - b.seq);
    this.events.set(subject.id, all);
  }

  private nextPosition(at: Date): number {
    const micros = at.getTime() * 1000;
    this.lastPosition = Math.max(this.lastPosition + 1, micros);
    return this.lastPosition;
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

  /** Deletes the instance, and with it its attempts, machines, events and idempotency keys. */
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

  private addMachine(row: MachineRow): void {
    const { machineId } = row.machine;
    this.machineIds.set(row.instanceId, [...(this.machineIds.get(row.instanceId) ?? []), machineId]);
    this.replaceMachine(row);
  }

  /** False: the machine is known already, and stays as it is. */
  insertMachine(instanceId: string, machine: Machine): boolean {
    if (this.machines.has(machine.machineId)) return false;
    this.addMachine({ instanceId, machine, condemnedByCode: false });
    return true;
  }

  changeMachine(machineId: string, change: (row: MachineRow) => MachineRow): void {
    const row = this.machines.get(machineId);
    if (row) this.replaceMachine(change(row));
  }

  replaceMachine(row: MachineRow): void {
    const { machineId, goneAt } = row.machine;
    this.machines.set(machineId, row);
    if (goneAt) this.live.delete(machineId);
    else this.live.add(machineId);
  }
}

/** A copy of the tables at one moment. Only the tables themselves look into it. */
export type TablesSnapshot = Pick<
  MemoryTables,
  (typeof MAPS)[number] | 'guard' | 'lastPosition' | 'lastFleetSeq' | 'capacityLookedAt' | 'live'
> & {
  open: Set<string>;
};
