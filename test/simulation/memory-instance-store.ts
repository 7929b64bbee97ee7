import { countsAsProof, isBack } from '../../src/machines/domain/absence.js';
import { GUARD_POLICY, guardEvents, type Census, type Guard } from '../../src/machines/domain/fleet-guard.js';
import { SHOWN_ATTEMPTS, type Attempt, type Facts, type Instance } from '../../src/novita-instances/domain/instance.js';
import type { Machine } from '../../src/machines/domain/machine.js';
import { LOSS_MIN_AGE_SECONDS } from '../../src/machines/domain/absence.js';
import { firstSeen, mergeSighting } from '../../src/machines/domain/sighting.js';
import { madeAt } from '../../src/machines/domain/tag.js';
import {
  isSameRequest,
  type Birth,
  type Change,
  type CreateResult,
  type IdempotencyClaim,
  type InstancePage,
  type InstanceQuery,
  type Replay,
  type Rest,
} from '../../src/novita-instances/store/instance-store.js';
import type {
  FleetMember,
  FleetSort,
  KnownStranger,
  Pass,
  Sighting,
  Stranger,
  WatchedMachine,
} from '../../src/machines/store/machine-store.js';
import type { EventDraft, SubjectKind } from '../../src/events/event-catalogue.js';
import { FLEET, type AppendTarget, type EventQuery, type StoredEvent } from '../../src/events/event-log.js';
import type { Cause } from '../../src/events/principal.js';
import { addSeconds, type Clock } from '../../src/time/clock.js';
import { MemoryTables, type AttemptRow, type KeyRow, type MachineRow, type Snapshot } from './memory-tables.js';
import { CoreStore } from '../support/core-store.js';

const LOST_NUDGE_SECONDS = 5;
const FORGET_STRANGERS_SECONDS = 600;

/** What PostgreSQL says when two rows would have the same key, or one would be what no row may be. */
class ConstraintViolation extends Error {
  constructor(readonly constraint: string) {
    super(`violates constraint "${constraint}"`);
    this.name = 'ConstraintViolation';
  }
}

/**
 * The {@link InstanceStore} in memory, for the simulation. It means exactly what the one on PostgreSQL means: both pass the
 * same suite of random commands. Every method does its work at once; rows are replaced and never changed, so a snapshot of the
 * whole is a copy of the maps.
 */
export class MemoryInstanceStore implements CoreStore {
  private tables = new MemoryTables();
  /** For those who look on from outside: what retention deletes. */
  onForgotten: (facts: Facts) => void = () => undefined;
  onForgottenAttempt: (instanceId: string, attempt: Attempt) => void = () => undefined;

  constructor(
    private readonly enqueue: (instanceId: string) => void,
    private readonly clock: Clock,
  ) {}

  snapshot(): Snapshot {
    return this.tables.snapshot();
  }

  restore(snapshot: Snapshot): void {
    this.tables = MemoryTables.from(snapshot);
  }

  create(
    instance: Instance,
    events: EventDraft[],
    claim: IdempotencyClaim | null,
    cause: Cause,
    birth: Birth = { attempts: [], machines: [] },
  ): Promise<CreateResult> {
    return soon(() => {
      const earlier = claim && this.replayOf(claim);
      if (earlier) return earlier;
      const { instances } = this.tables;
      checkLastEventSeq(events.length);
      if (instances.has(instance.id)) return { kind: 'id-taken' };
      for (const { instance: other } of instances.values()) {
        if (other.deletedAt === null && other.name === instance.name && instance.deletedAt === null) {
          return { kind: 'name-taken' };
        }
      }
      const stored = { ...instance, lastEventSeq: events.length };
      this.upsertAttempts(instance.id, birth.attempts);
      instances.set(instance.id, { instance: stored, watchClosely: true, wakeAt: this.soon(), regionId: null });
      if (claim) {
        this.tables.keys.set(keyOf(claim), keyRowOf(claim, instance.id, instance.createdAt));
      }
      for (const machine of birth.machines) this.insertMachine(instance.id, machine);
      const subject = { kind: 'instance', id: instance.id } as const;
      this.append({ subject, lastSeq: 0, ...cause, at: this.clock.now() }, events);
      this.enqueue(instance.id);
      return { kind: 'created', facts: { instance: stored, ...birth } };
    });
  }

  findByKey(claim: IdempotencyClaim): Promise<Replay | null> {
    return soon(() => this.replayOf(claim));
  }

  private replayOf(claim: IdempotencyClaim): Replay | null {
    const row = this.tables.keys.get(keyOf(claim));
    if (!row) return null;
    if (!isSameRequest(row, claim)) return { kind: 'key-reused' };
    const facts = this.factsOf(row.instanceId);
    return facts && { kind: 'replayed', facts };
  }

  remember(claim: IdempotencyClaim, instanceId: string): Promise<boolean> {
    return soon(() => {
      const { keys } = this.tables;
      if (keys.has(keyOf(claim))) return false;
      keys.set(keyOf(claim), keyRowOf(claim, instanceId, this.clock.now()));
      return true;
    });
  }

  load(instanceId: string): Promise<Facts | null> {
    return soon(() => this.factsOf(instanceId));
  }

  loadAll(instanceIds: string[]): Promise<Facts[]> {
    return soon(() => instanceIds.flatMap((id) => this.factsOf(id) ?? []));
  }

  /** For those who look on from outside. */
  factsOf(instanceId: string): Facts | null {
    const row = this.tables.instances.get(instanceId);
    if (!row) return null;
    return {
      instance: row.instance,
      attempts: (this.tables.attempts.get(instanceId) ?? []).map(({ attempt }) => attempt),
      machines: this.machinesOf(instanceId).map(({ machine }) => machine),
    };
  }

  /** As answers show it: of many attempts the last ones, and those that still matter. */
  private shownOf(instanceId: string): Facts | null {
    const facts = this.factsOf(instanceId);
    if (!facts) return null;
    const last = facts.attempts.at(-1)?.number ?? 0;
    const ofLiveMachines = facts.machines.filter(({ goneAt }) => !goneAt).map(({ attemptNumber }) => attemptNumber);
    const attempts = facts.attempts.filter(
      ({ number, state, machineId }) =>
        number > last - SHOWN_ATTEMPTS ||
        state === 'SENDING' ||
        state === 'AMBIGUOUS' ||
        (machineId !== null && machineId === facts.instance.machineId) ||
        ofLiveMachines.includes(number),
    );
    return { ...facts, attempts };
  }

  allFacts(): Facts[] {
    return [...this.tables.instances.keys()].sort().flatMap((id) => this.factsOf(id) ?? []);
  }

  eventsOf(instanceId: string): StoredEvent[] {
    return this.tables.events.get(instanceId) ?? [];
  }

  find(idOrName: string): Promise<Facts | null> {
    return soon(() => {
      if (this.tables.instances.has(idOrName)) return this.shownOf(idOrName);
      for (const { instance } of this.tables.instances.values()) {
        if (instance.name === idOrName && instance.deletedAt === null) return this.shownOf(instance.id);
      }
      return null;
    });
  }

  list({ status, name, region, labels, beforeId, limit }: InstanceQuery): Promise<InstancePage> {
    return soon(() => {
      const ids = [...this.tables.instances.values()]
        .filter(
          ({ instance, regionId }) =>
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
      return { facts: ids.slice(0, limit).flatMap((id) => this.shownOf(id) ?? []), hasMore: ids.length > limit };
    });
  }

  events(instanceId: string, afterSeq: number, limit: number): Promise<StoredEvent[]> {
    return soon(() =>
      this.eventsOf(instanceId)
        .filter(({ seq }) => seq > afterSeq)
        .slice(0, limit),
    );
  }

  /** As {@link readEventsAfter} reads them. */
  eventsAfter({ after, limit, types, subjectId, actor }: EventQuery): StoredEvent[] {
    return [...this.tables.events.values()]
      .flat()
      .filter(
        (event) =>
          event.position > after &&
          (types?.includes(event.type) ?? true) &&
          (subjectId === undefined || event.subject.id === subjectId) &&
          (actor === undefined || event.actor === actor),
      )
      .sort((a, b) => a.position - b.position)
      .slice(0, limit);
  }

  commit(change: Change): Promise<boolean> {
    return soon(() => {
      const { before, after, attempts = [], machines = [], buried = [], condemned = [], events = [] } = change;
      const row = this.tables.instances.get(after.id);
      if (row?.instance.version !== before.version) return false;
      if (change.claim && this.tables.keys.has(keyOf(change.claim))) return false;
      checkLastEventSeq(before.lastEventSeq + events.length);
      this.checkName(after);
      // from here on nothing can fail: a transaction is written whole or not at all
      this.upsertAttempts(after.id, attempts, () => {
        this.checkEvents(after.id, before.lastEventSeq, events.length);
      });
      const now = this.clock.now();
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
        ...(change.nudge && { wakeAt: this.soon() }),
      });
      for (const machine of machines) this.insertMachine(after.id, machine);
      for (const machineId of condemned) this.condemn(machineId, now);
      for (const machineId of buried) {
        this.changeMachine(machineId, (old) => ({ ...old, machine: { ...old.machine, goneAt: now } }));
      }
      const { actor, requestId = null } = change;
      const subject = { kind: 'instance', id: after.id } as const;
      this.append({ subject, lastSeq: before.lastEventSeq, actor, requestId, at: now }, events);
      if (change.nudge) this.enqueue(after.id);
      return true;
    });
  }

  private checkName(after: Instance): void {
    if (after.deletedAt !== null) return;
    for (const { instance } of this.tables.instances.values()) {
      if (instance.id !== after.id && instance.name === after.name && instance.deletedAt === null) {
        throw new ConstraintViolation('instances_live_name');
      }
    }
  }

  /**
   * One after the other, so that one may take what the one before it has let go; all of them, or none when `check`, or one of
   * them, fails.
   */
  private upsertAttempts(instanceId: string, attempts: Attempt[], check?: () => void): void {
    const before = this.tables.attempts.get(instanceId) ?? [];
    try {
      for (const attempt of attempts) {
        this.checkAttempt(instanceId, attempt);
        this.upsertAttempt(instanceId, attempt);
      }
      check?.();
    } catch (error) {
      this.tables.setAttempts(instanceId, before);
      throw error;
    }
  }

  private checkAttempt(instanceId: string, { number, tag, machineId }: Attempt): void {
    const self = `${instanceId}#${number}`;
    if ((this.tables.tags.get(tag) ?? self) !== self) throw new ConstraintViolation('create_attempts_tag_key');
    if (machineId !== null && (this.tables.heldBy.get(machineId) ?? self) !== self) {
      throw new ConstraintViolation('create_attempts_machine_id_key');
    }
  }

  private checkEvents(instanceId: string, lastSeq: number, count: number): void {
    const known = this.eventsOf(instanceId);
    // the usual case first: they go on where the last ones ended
    if ((known.at(-1)?.seq ?? 0) <= lastSeq) return;
    if (known.some(({ seq }) => seq > lastSeq && seq <= lastSeq + count)) throw new ConstraintViolation('events_pkey');
  }

  private upsertAttempt(instanceId: string, attempt: Attempt): void {
    const rows = this.tables.attempts.get(instanceId) ?? [];
    const known = rows.find((row) => row.attempt.number === attempt.number);
    // counted by the sweep alone
    const { cleanPasses, lastCleanPassAt } = known?.attempt ?? { cleanPasses: 0, lastCleanPassAt: null };
    const next: AttemptRow = { attempt: { ...attempt, cleanPasses, lastCleanPassAt } };
    this.tables.setAttempts(
      instanceId,
      [...rows.filter((row) => row !== known), next].sort((a, b) => a.attempt.number - b.attempt.number),
    );
  }

  private insertMachine(instanceId: string, machine: Machine): boolean {
    if (this.tables.machines.has(machine.machineId)) return false;
    this.tables.addMachine({ instanceId, machine, condemnedByCode: false });
    return true;
  }

  private changeMachine(machineId: string, change: (row: MachineRow) => MachineRow): void {
    const row = this.tables.machines.get(machineId);
    if (row) this.tables.replaceMachine(change(row));
  }

  private condemn(machineId: string, at: Date): void {
    this.changeMachine(machineId, (row) =>
      row.machine.condemnedAt ? row : { ...row, machine: { ...row.machine, condemnedAt: at } },
    );
  }

  private append<K extends SubjectKind>(
    { subject, lastSeq, actor, requestId, at }: AppendTarget<K>,
    drafts: EventDraft<K>[],
  ): void {
    if (drafts.length === 0) return;
    const known = this.tables.events.get(subject.id) ?? [];
    const added = drafts.map(({ type, data }, index) => ({
      position: this.nextPosition(),
      subject,
      seq: lastSeq + 1 + index,
      type,
      data,
      actor,
      requestId,
      at,
    }));
    const all = [...known, ...added];
    if ((known.at(-1)?.seq ?? 0) > lastSeq) all.sort((a, b) => a.seq - b.seq);
    this.tables.events.set(subject.id, all);
  }

  private nextPosition(): number {
    const micros = this.clock.now().getTime() * 1000;
    this.tables.lastPosition = Math.max(this.tables.lastPosition + 1, micros);
    return this.tables.lastPosition;
  }

  rest({ id, version }: Pick<Instance, 'id' | 'version'>, rest: Rest): Promise<void> {
    return soon(() => {
      const row = this.tables.instances.get(id);
      if (row?.instance.version === version) this.tables.instances.set(id, { ...row, ...rest });
    });
  }

  /** Whether anything moves that only looks can show. */
  isMoving(): boolean {
    for (const id of this.tables.live) {
      const row = this.tables.machines.get(id);
      if (row && this.tables.instances.get(row.instanceId)?.watchClosely) return true;
    }
    for (const _open of this.tables.openAttempts()) return true;
    return false;
  }

  /** The earliest wake-up, for a driver that need not ask every moment. */
  nextWakeAt(): Date | null {
    let next: Date | null = null;
    for (const { wakeAt } of this.tables.instances.values()) if (wakeAt && (!next || wakeAt < next)) next = wakeAt;
    return next;
  }

  claimDue(now: Date, again: Date, limit: number): Promise<string[]> {
    return soon(() => {
      const due = [...this.tables.instances.values()]
        .filter(({ wakeAt }) => wakeAt !== null && wakeAt <= now)
        .sort((a, b) => (a.wakeAt?.getTime() ?? 0) - (b.wakeAt?.getTime() ?? 0))
        .slice(0, limit);
      for (const row of due) this.tables.instances.set(row.instance.id, { ...row, wakeAt: again });
      return due.map(({ instance }) => instance.id);
    });
  }

  nudge(instanceIds: string[]): Promise<void> {
    return soon(() => {
      for (const id of [...new Set(instanceIds)].sort()) this.enqueue(id);
    });
  }

  watchedMachines(): Promise<WatchedMachine[]> {
    return soon(() =>
      this.liveMachines().map(({ instanceId, machine }) => {
        const runs = machine.observation.state === 'running';
        return {
          machineId: machine.machineId,
          instanceId,
          observedAt: machine.observedAt,
          closely: this.tables.instances.get(instanceId)?.watchClosely ?? false,
          lacksAccess: runs && machine.access === null,
          lacksAddress: runs && machine.observation.endpoints.some(({ address }) => address === null),
          missing: machine.missingProofs > 0 && machine.releaseAcknowledgedAt === null,
        };
      }),
    );
  }

  private liveMachines(): MachineRow[] {
    return [...this.tables.live].flatMap((id) => this.tables.machines.get(id) ?? []);
  }

  private machinesOf(instanceId: string): MachineRow[] {
    return (this.tables.machineIds.get(instanceId) ?? [])
      .flatMap((id) => this.tables.machines.get(id) ?? [])
      .sort((a, b) => a.machine.firstSeenAt.getTime() - b.machine.firstSeenAt.getTime());
  }

  countOpenAttempts(sentBefore: Date): Promise<number> {
    return soon(() => {
      let count = 0;
      for (const { attempt } of this.tables.openAttempts()) {
        if (attempt.state === 'AMBIGUOUS' || attempt.sentAt < sentBefore) count += 1;
      }
      return count;
    });
  }

  recordSightings(sightings: Sighting[], lookedAt: Date): Promise<string[]> {
    return soon(() => {
      const news = new Set<string>();
      for (const sighting of sightings.toSorted((a, b) => (a.machineId < b.machineId ? -1 : 1))) {
        const told = this.recordSighting(sighting, lookedAt);
        if (told) news.add(told);
      }
      for (const id of [...news].sort()) this.enqueue(id);
      return [...news];
    });
  }

  private recordSighting(sighting: Sighting, lookedAt: Date): string | null {
    const row = this.tables.machines.get(sighting.machineId);
    if (!row) return this.recordFirstSighting(sighting, lookedAt) ? sighting.instanceId : null;
    const { machine, instanceId } = row;
    if (machine.observedAt >= lookedAt || (machine.lastMissingAt && machine.lastMissingAt > lookedAt)) return null;
    const isRisen = machine.goneAt !== null && isBack(machine.goneAt, sighting.observation.state, lookedAt);
    if (machine.goneAt && !isRisen) return null;
    const isHeld = this.tables.instances.get(instanceId)?.instance.machineId === machine.machineId;
    const merged = mergeSighting(machine, sighting, lookedAt);
    if (!merged.differs && !isRisen) {
      this.tables.replaceMachine({ ...row, machine: { ...machine, observedAt: lookedAt } });
      return isHeld ? null : instanceId;
    }
    this.tables.replaceMachine({
      ...row,
      machine: {
        ...machine,
        observation: merged.observation,
        access: merged.access,
        observedAt: lookedAt,
        changedAt: merged.changedAt,
        ranAt: merged.ranAt,
        missingProofs: 0,
        lastMissingAt: null,
        ...(isRisen && { goneAt: null, releaseAcknowledgedAt: null }),
      },
    });
    return merged.news || !isHeld ? instanceId : null;
  }

  private recordFirstSighting(sighting: Sighting, lookedAt: Date): boolean {
    const { instanceId, observation } = sighting;
    if (observation.state === 'removed' || !this.tables.instances.has(instanceId)) return false;
    return this.insertMachine(instanceId, firstSeen(sighting, lookedAt));
  }

  recordMissing(machineId: string, lookedAt: Date): Promise<string | null> {
    return soon(() => {
      const row = this.tables.machines.get(machineId);
      if (!row || row.machine.goneAt || row.machine.observedAt >= lookedAt) return null;
      if (!countsAsProof(row.machine, lookedAt)) return null;
      const { machine } = row;
      this.tables.replaceMachine({
        ...row,
        machine: { ...machine, missingProofs: machine.missingProofs + 1, lastMissingAt: lookedAt },
      });
      this.enqueue(row.instanceId);
      return row.instanceId;
    });
  }

  recordReleaseAcknowledged(machineId: string, at: Date): Promise<void> {
    return soon(() => {
      this.changeMachine(machineId, (row) => ({
        ...row,
        machine: { ...row.machine, releaseAcknowledgedAt: at, missingProofs: 0, lastMissingAt: null },
      }));
    });
  }

  ownersOf(machineIds: string[]): Promise<Map<string, string>> {
    return soon(
      () =>
        new Map(
          machineIds.flatMap((id) => {
            const row = this.tables.machines.get(id);
            return row ? [[id, row.instanceId] as const] : [];
          }),
        ),
    );
  }

  knownInstances(instanceIds: string[]): Promise<Set<string>> {
    return soon(() => new Set(instanceIds.filter((id) => this.tables.instances.has(id))));
  }

  recordStrangers(strangers: Stranger[], lookedAt: Date): Promise<void> {
    return soon(() => {
      for (const stranger of strangers) {
        const known = this.tables.strangers.get(stranger.machineId);
        if (known && known.lastSeenAt >= lookedAt) continue;
        const { firstSeenAt, ignored } = known ?? { firstSeenAt: lookedAt, ignored: false };
        this.tables.strangers.set(stranger.machineId, { ...stranger, firstSeenAt, lastSeenAt: lookedAt, ignored });
      }
    });
  }

  concludePass({ startedAt, seen, spacingSeconds }: Pass): Promise<Census> {
    return soon(() => {
      const countable = addSeconds(startedAt, -spacingSeconds);
      for (const { instanceId, row } of this.tables.ambiguousAttempts()) {
        const { attempt } = row;
        const { sentAt, cleanPasses, lastCleanPassAt } = attempt;
        if (sentAt >= startedAt || (lastCleanPassAt && lastCleanPassAt > countable)) continue;
        this.tables.replaceAttempt(instanceId, {
          attempt: { ...attempt, cleanPasses: cleanPasses + 1, lastCleanPassAt: startedAt },
        });
      }
      const forgotten = addSeconds(startedAt, -FORGET_STRANGERS_SECONDS);
      for (const { machineId, lastSeenAt } of this.tables.strangers.values()) {
        if (lastSeenAt < forgotten) this.tables.strangers.delete(machineId);
      }
      return { unknown: [...this.unknownStrangers(), ...this.unrecorded()], ...this.countFleet(startedAt, seen) };
    });
  }

  private unknownStrangers(): Census['unknown'] {
    return [...this.tables.strangers.values()]
      .filter(
        ({ machineId, instanceId, ignored }) => instanceId !== null && !ignored && !this.tables.live.has(machineId),
      )
      .map(({ machineId, instanceId }) => ({ machineId, madeAt: madeAt(instanceId ?? '') }))
      .sort(byMachineId);
  }

  private unrecorded(): Census['unknown'] {
    return this.liveMachines()
      .filter(({ instanceId, machine }) => {
        const instance = this.tables.instances.get(instanceId)?.instance;
        const isRecorded = this.tables.attempts
          .get(instanceId)
          ?.some(({ attempt }) => attempt.number === machine.attemptNumber);
        return (
          machine.condemnedAt === null &&
          !isRecorded &&
          instance?.desired !== 'deleted' &&
          instance?.machineId !== machine.machineId
        );
      })
      .map(({ machine }) => ({ machineId: machine.machineId, madeAt: machine.firstSeenAt }))
      .sort(byMachineId);
  }

  private countFleet(startedAt: Date, seen: string[]): Pick<Census, 'expected' | 'missing'> {
    const shown = new Set(seen);
    const oldEnough = addSeconds(startedAt, -LOSS_MIN_AGE_SECONDS);
    const expected = this.liveMachines().filter(
      ({ machine, instanceId }) =>
        this.tables.instances.get(instanceId)?.instance.desired !== 'deleted' &&
        machine.condemnedAt === null &&
        machine.releaseAcknowledgedAt === null &&
        machine.observation.state !== 'removing' &&
        machine.observation.state !== 'removed' &&
        machine.firstSeenAt < oldEnough,
    );
    return {
      expected: expected.length,
      missing: expected.filter(({ machine }) => !shown.has(machine.machineId)).length,
    };
  }

  fleetAfter(machineId: string, sorts: FleetSort[], limit: number): Promise<FleetMember[]> {
    return soon(() => {
      const ours = this.liveMachines().map(({ instanceId, machine }) => {
        const isHeld = this.tables.instances.get(instanceId)?.instance.machineId === machine.machineId;
        return { machineId: machine.machineId, instanceId, sort: isHeld ? 'held' : 'stray' } as const;
      });
      const strangers = [...this.tables.strangers.values()]
        .filter((stranger) => !this.tables.live.has(stranger.machineId))
        .map((stranger) => {
          const sort = stranger.instanceId !== null ? 'lost' : stranger.envInstanceId !== null ? 'suspect' : 'foreign';
          return { machineId: stranger.machineId, instanceId: null, sort } as const;
        });
      return [...ours, ...strangers]
        .filter((member) => member.machineId > machineId && sorts.includes(member.sort))
        .sort(byMachineId)
        .slice(0, limit)
        .map((member) => ({ machineId: member.machineId, instanceId: member.instanceId }));
    });
  }

  strangers(machineIds: string[]): Promise<KnownStranger[]> {
    return soon(() => machineIds.toSorted().flatMap((id) => this.tables.strangers.get(id) ?? []));
  }

  ignoreStranger(machineId: string): Promise<boolean> {
    return soon(() => {
      const known = this.tables.strangers.get(machineId);
      if (known) this.tables.strangers.set(machineId, { ...known, ignored: true });
      return known !== undefined;
    });
  }

  /** For those who look on from outside. */
  strangerNow(machineId: string): KnownStranger | undefined {
    return this.tables.strangers.get(machineId);
  }

  forgetStranger(machineId: string): Promise<void> {
    return soon(() => {
      this.tables.strangers.delete(machineId);
    });
  }

  guard(): Promise<Guard> {
    return soon(() => this.tables.guard);
  }

  machineNow(machineId: string): Machine | null {
    return this.tables.machines.get(machineId)?.machine ?? null;
  }

  guardNow(): Guard {
    return this.tables.guard;
  }

  changeGuard(change: (guard: Guard) => Guard | null, cause: Cause = GUARD_POLICY): Promise<Guard> {
    return soon(() => {
      const before = this.tables.guard;
      const after = change(before);
      if (after) {
        this.tables.guard = { ...after, epoch: after.epoch + 1 };
        const events = guardEvents(before, after);
        const lastSeq = this.tables.lastFleetSeq;
        this.append({ subject: FLEET, lastSeq, ...cause, at: this.clock.now() }, events);
        this.tables.lastFleetSeq += events.length;
      }
      return this.tables.guard;
    });
  }

  condemnByCode(machineId: string, at: Date, since: Date, limitOf: (fleet: number) => number): Promise<boolean> {
    return soon(() => {
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

  deleteEvents(before: Date, limit: number): Promise<number> {
    return soon(() => this.deleteEventsOf([...this.tables.events.keys()], limit, ({ at }) => at < before));
  }

  deleteEventsOfDeletedInstances(before: Date, limit: number): Promise<number> {
    return soon(() => this.deleteEventsOf(this.instancesThatAreOver(before), limit, () => true));
  }

  private deleteEventsOf(instanceIds: string[], limit: number, isOld: (event: StoredEvent) => boolean): number {
    let deleted = 0;
    for (const id of instanceIds) {
      const known = this.eventsOf(id);
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
          this.machinesOf(id).every(({ machine }) => machine.goneAt !== null) &&
          !(this.tables.attempts.get(id) ?? []).some(({ attempt: { state } }) =>
            ['SENDING', 'AMBIGUOUS'].includes(state),
          ),
      )
      .map(({ instance }) => instance.id);
  }

  deleteDeletedInstances(before: Date, limit: number): Promise<number> {
    return soon(() => {
      const over = this.instancesThatAreOver(before).filter((id) => this.eventsOf(id).length === 0);
      for (const id of over.slice(0, limit)) {
        const facts = this.factsOf(id);
        if (facts) this.onForgotten(facts);
        this.tables.removeInstance(id);
      }
      return Math.min(over.length, limit);
    });
  }

  deleteIdempotencyKeys(before: Date, limit: number): Promise<number> {
    return soon(() => {
      const old = [...this.tables.keys].filter(([, { createdAt }]) => createdAt < before).slice(0, limit);
      for (const [key] of old) this.tables.keys.delete(key);
      return old.length;
    });
  }

  deleteAttempts(before: Date, limit: number): Promise<number> {
    return soon(() => {
      let deleted = 0;
      for (const [instanceId, rows] of this.tables.attempts) {
        const shown = (rows.at(-1)?.attempt.number ?? 0) - SHOWN_ATTEMPTS;
        const numbersOfMachines = this.machinesOf(instanceId).map(({ machine }) => machine.attemptNumber);
        const kept = rows.filter(({ attempt: { number, state, sentAt } }) => {
          const madeNone = (state === 'REJECTED' || state === 'NOT_SENT') && !numbersOfMachines.includes(number);
          const isOld = madeNone && number <= shown && sentAt < before;
          if (!isOld || deleted >= limit) return true;
          deleted += 1;
          return false;
        });
        for (const row of rows) if (!kept.includes(row)) this.onForgottenAttempt(instanceId, row.attempt);
        if (kept.length < rows.length) this.tables.setAttempts(instanceId, kept);
      }
      return deleted;
    });
  }

  private soon(): Date {
    return addSeconds(this.clock.now(), LOST_NUDGE_SECONDS);
  }
}

/** Done at once; a mistake is a rejected promise, as from a database. */
const soon = <T>(work: () => T): Promise<T> => {
  try {
    return Promise.resolve(work());
  } catch (error) {
    return Promise.reject(error instanceof Error ? error : new Error(String(error)));
  }
};

const checkLastEventSeq = (lastEventSeq: number): void => {
  if (lastEventSeq <= 0) throw new ConstraintViolation('instances_last_event_seq_check');
};

const keyRowOf = (
  { fingerprint, earlierFingerprint = fingerprint }: IdempotencyClaim,
  instanceId: string,
  createdAt: Date,
): KeyRow => ({ fingerprint: earlierFingerprint, requestFingerprint: fingerprint, instanceId, createdAt });

const keyOf = ({ caller, key }: IdempotencyClaim): string => `${caller}\n${key}`;

const byMachineId = (a: { machineId: string }, b: { machineId: string }): number =>
  a.machineId < b.machineId ? -1 : a.machineId > b.machineId ? 1 : 0;
