import type { Rest } from '../../src/novita-instances/transitions/instance-change.js';
import type { EventDraft } from '../../src/events/event-catalogue.js';
import type { StoredEvent } from '../../src/events/event-log.js';
import type { Cause } from '../../src/vocabulary/principal.js';
import type { Attempt, Snapshot, Instance } from '../../src/novita-instances/domain/instance.js';
import {
  isSameRequest,
  type Birth,
  type Change,
  type CreateResult,
  type IdempotencyClaim,
  type InstancePage,
  type InstanceQuery,
  type InstanceStore,
  type Replay,
} from '../../src/novita-instances/store/instance-store.js';
import { DEFAULT_PROJECT_ID, isWithin, type Within } from '../../src/vocabulary/project.js';
import { isLimited, UNLIMITED } from '../../src/vocabulary/limits.js';
import { pricePerHour, type Usage } from '../../src/novita-instances/domain/quota.js';
import { assertWithin } from '../../src/novita-instances/store/quotas.js';
import { addSeconds } from '../../src/time/clock.js';
import { leaveRow, mayAskFor, writeLesson } from './memory-offer-memory.js';
import { checkAttempt, checkEvents, checkLastEventSeq, checkName, isSameName } from './memory-constraints.js';
import { answer, type MemoryDatabase } from './memory-database.js';
import type { AttemptRow, KeyRow, MemoryTables } from './memory-tables.js';
import { shownSnapshot } from './shown-snapshot.js';

const LOST_NUDGE_SECONDS = 5;

/** Instances in memory. It means what `PostgresInstanceStore` means: both pass the same suite. */
export class MemoryInstanceStore implements InstanceStore {
  constructor(private readonly database: MemoryDatabase) {}

  private get tables(): MemoryTables {
    return this.database.tables;
  }

  create(
    instance: Instance,
    events: EventDraft[],
    claim: IdempotencyClaim | null,
    cause: Cause,
    birth?: Birth,
  ): Promise<CreateResult> {
    return answer(() => {
      const earlier = claim && this.replayOf(claim);
      if (earlier) return earlier;
      const unborn: Snapshot = { instance, attempts: [], machines: [] };
      if (!birth) this.assertWithinLimits(instance, { instances: 1, pricePerHour: pricePerHour(unborn) });
      const { instances } = this.tables;
      checkLastEventSeq(events.length);
      if (instances.has(instance.id)) return { kind: 'id-taken' };
      for (const { instance: other } of instances.values()) {
        if (other.deletedAt === null && isSameName(other, instance) && instance.deletedAt === null) {
          return { kind: 'name-taken' };
        }
      }
      const stored = { ...instance, lastEventSeq: events.length };
      this.upsertAttempts(instance.id, birth?.attempts ?? []);
      instances.set(instance.id, { instance: stored, watchClosely: true, wakeAt: this.repeatedAt(), regionId: null });
      if (claim) {
        this.tables.keys.set(keyOf(claim), keyRowOf(claim, instance.id, instance.createdAt));
      }
      for (const machine of birth?.machines ?? []) this.tables.insertMachine(instance.id, machine);
      const subject = { kind: 'instance', id: instance.id } as const;
      this.tables.append({ subject, lastSeq: 0, ...cause, at: this.database.clock.now() }, events);
      this.database.enqueue(instance.id);
      return { kind: 'created', snapshot: { ...unborn, instance: stored, ...birth } };
    });
  }

  findByKey(claim: IdempotencyClaim): Promise<Replay | null> {
    return answer(() => this.replayOf(claim));
  }

  private replayOf(claim: IdempotencyClaim): Replay | null {
    const row = this.tables.keys.get(keyOf(claim));
    if (!row) return null;
    if (!isSameRequest(row, claim)) return { kind: 'key-reused' };
    const snapshot = this.tables.snapshotOf(row.instanceId);
    return snapshot && { kind: 'replayed', snapshot };
  }

  remember(claim: IdempotencyClaim, instanceId: string): Promise<boolean> {
    return answer(() => {
      const { keys } = this.tables;
      if (keys.has(keyOf(claim))) return false;
      keys.set(keyOf(claim), keyRowOf(claim, instanceId, this.database.clock.now()));
      return true;
    });
  }

  load(instanceId: string): Promise<Snapshot | null> {
    return answer(() => this.tables.snapshotOf(instanceId));
  }

  loadAll(instanceIds: string[]): Promise<Snapshot[]> {
    return answer(() => instanceIds.flatMap((id) => this.tables.snapshotOf(id) ?? []));
  }

  find(idOrName: string, within: Within): Promise<Snapshot | null> {
    return answer(() => {
      const byId = this.tables.instances.get(idOrName)?.instance;
      if (byId && isWithin(byId.projectId, within)) return this.shown(idOrName);
      for (const { instance } of this.tables.instances.values()) {
        const isNamed = instance.name === idOrName && instance.projectId === (within ?? DEFAULT_PROJECT_ID);
        if (isNamed && instance.deletedAt === null) return this.shown(instance.id);
      }
      return null;
    });
  }

  list({ within, status, name, region, labels, beforeId, limit }: InstanceQuery): Promise<InstancePage> {
    return answer(() => {
      const ids = [...this.tables.instances.values()]
        .filter(
          ({ instance, regionId }) =>
            isWithin(instance.projectId, within) &&
            (status ? status.includes(instance.toldStatus) : instance.deletedAt === null) &&
            (name === undefined || instance.name === name) &&
            (region === undefined || regionId === region) &&
            (labels === undefined ||
              Object.entries(labels).every(([key, value]) => instance.spec.labels[key] === value)) &&
            (beforeId === undefined || instance.id < beforeId),
        )
        .map(({ instance }) => instance.id)
        .sort()
        .reverse();
      return { snapshots: ids.slice(0, limit).flatMap((id) => this.shown(id) ?? []), hasMore: ids.length > limit };
    });
  }

  events(instanceId: string, afterSeq: number, limit: number): Promise<StoredEvent[]> {
    return answer(() =>
      this.tables
        .eventsOf(instanceId)
        .filter(({ seq }) => seq > afterSeq)
        .slice(0, limit),
    );
  }

  private shown(instanceId: string): Snapshot | null {
    const snapshot = this.tables.snapshotOf(instanceId);
    return snapshot && shownSnapshot(snapshot);
  }

  commit(change: Change): Promise<boolean> {
    return answer(() => {
      const { before, after, attempts = [], machines = [], gone = [], condemned = [], events = [] } = change;
      if (change.pricePerHour !== undefined) {
        this.assertWithinLimits(after, { instances: 0, pricePerHour: change.pricePerHour });
      }
      const row = this.tables.instances.get(after.id);
      if (row?.instance.version !== before.version) return false;
      if (change.claim && this.tables.keys.has(keyOf(change.claim))) return false;
      if (change.asksFor && !mayAskFor(this.tables, change.asksFor, this.database.clock.now())) return false;
      checkLastEventSeq(before.lastEventSeq + events.length);
      checkName(this.tables, after);
      this.upsertAttempts(after.id, attempts, () => {
        checkEvents(this.tables, after.id, before.lastEventSeq, events.length);
      });
      // from here on nothing can fail: a transaction is written whole or not at all
      const now = this.database.clock.now();
      if (change.asksFor) leaveRow(this.tables, change.asksFor, now);
      if (change.learned) writeLesson(this.tables, change.learned, now);
      if (change.claim) this.tables.keys.set(keyOf(change.claim), keyRowOf(change.claim, after.id, now));
      const accepted = attempts.find(({ state }) => state === 'ACCEPTED');
      this.tables.instances.set(after.id, {
        ...row,
        instance: {
          ...after,
          createdAt: row.instance.createdAt,
          version: before.version + 1,
          lastEventSeq: before.lastEventSeq + events.length,
          updatedAt: now,
        },
        ...(accepted && { regionId: accepted.offer.regionId }),
        ...change.rest,
        ...(change.nudge && { wakeAt: this.repeatedAt() }),
      });
      for (const machine of machines) this.tables.insertMachine(after.id, machine);
      for (const machineId of condemned) this.condemn(machineId, now);
      for (const machineId of gone) {
        this.tables.changeMachine(machineId, (old) => ({ ...old, machine: { ...old.machine, goneAt: now } }));
      }
      const { actor, requestId = null } = change;
      const subject = { kind: 'instance', id: after.id } as const;
      this.tables.append({ subject, lastSeq: before.lastEventSeq, actor, requestId, at: now }, events);
      if (change.nudge) this.database.enqueue(after.id);
      return true;
    });
  }

  /**
   * Writes attempts one after the other, so that an attempt may take a machine that the one before it has let go. When an attempt
   * or `check` fails, none is written.
   */
  private upsertAttempts(instanceId: string, attempts: Attempt[], check?: () => void): void {
    const before = this.tables.attempts.get(instanceId) ?? [];
    try {
      for (const attempt of attempts) {
        checkAttempt(this.tables, instanceId, attempt);
        this.upsertAttempt(instanceId, attempt);
      }
      check?.();
    } catch (error) {
      this.tables.setAttempts(instanceId, before);
      throw error;
    }
  }

  private upsertAttempt(instanceId: string, attempt: Attempt): void {
    const rows = this.tables.attempts.get(instanceId) ?? [];
    const known = rows.find((row) => row.attempt.number === attempt.number);
    // the sweep alone counts them
    const { cleanPasses, lastCleanPassAt } = known?.attempt ?? { cleanPasses: 0, lastCleanPassAt: null };
    const next: AttemptRow = { attempt: { ...attempt, cleanPasses, lastCleanPassAt } };
    this.tables.setAttempts(
      instanceId,
      [...rows.filter((row) => row !== known), next].sort((a, b) => a.attempt.number - b.attempt.number),
    );
  }

  private condemn(machineId: string, at: Date): void {
    this.tables.changeMachine(machineId, (row) =>
      row.machine.condemnedAt ? row : { ...row, machine: { ...row.machine, condemnedAt: at } },
    );
  }

  rest({ id, version }: Pick<Instance, 'id' | 'version'>, rest: Rest): Promise<void> {
    return answer(() => {
      const row = this.tables.instances.get(id);
      if (row?.instance.version === version) this.tables.instances.set(id, { ...row, ...rest });
    });
  }

  claimDue(now: Date, again: Date, limit: number): Promise<string[]> {
    return answer(() => {
      const due = [...this.tables.instances.values()]
        .filter(({ wakeAt }) => wakeAt !== null && wakeAt <= now)
        .sort((a, b) => (a.wakeAt?.getTime() ?? 0) - (b.wakeAt?.getTime() ?? 0))
        .slice(0, limit);
      for (const row of due) this.tables.instances.set(row.instance.id, { ...row, wakeAt: again });
      return due.map(({ instance }) => instance.id);
    });
  }

  nudge(instanceIds: string[]): Promise<void> {
    return answer(() => {
      for (const id of [...new Set(instanceIds)].sort()) this.database.enqueue(id);
    });
  }

  private assertWithinLimits({ id, projectId }: Instance, wanted: Usage): void {
    const { service, projects } = this.database.limits;
    const ofProject = projects.get(projectId) ?? UNLIMITED;
    // to sum up costs, and most worlds have no limits
    if (isLimited(service)) assertWithin('service', service, this.usageBeside(id, null), wanted);
    if (isLimited(ofProject)) assertWithin('project', ofProject, this.usageBeside(id, projectId), wanted);
  }

  private usageBeside(id: string, within: Within): Usage {
    const others = [...this.tables.instances.values()].filter(
      ({ instance }) => instance.id !== id && instance.deletedAt === null && isWithin(instance.projectId, within),
    );
    const prices = others.map(({ instance }) => {
      const snapshot = this.tables.snapshotOf(instance.id);
      return snapshot ? pricePerHour(snapshot) : 0;
    });
    return { instances: others.length, pricePerHour: prices.reduce((sum, price) => sum + price, 0) };
  }

  /** When a nudge that was lost is repeated. */
  private repeatedAt(): Date {
    return addSeconds(this.database.clock.now(), LOST_NUDGE_SECONDS);
  }
}

const keyRowOf = (
  { fingerprint, earlierFingerprint = fingerprint }: IdempotencyClaim,
  instanceId: string,
  createdAt: Date,
): KeyRow => ({ fingerprint: earlierFingerprint, requestFingerprint: fingerprint, instanceId, createdAt });

const keyOf = ({ caller, key }: IdempotencyClaim): string => `${caller}\n${key}`;
