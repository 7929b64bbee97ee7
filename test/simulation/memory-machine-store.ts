import { countsAsProof, isBack } from '../../src/machines/domain/absence.js';
import type { Census } from '../../src/machines/domain/fleet-guard.js';
import { firstSeen, mergeObservation } from '../../src/machines/domain/observation.js';
import type {
  FleetMember,
  FleetSort,
  KnownStranger,
  MachineStore,
  Pass,
  ObservedMachine,
  Stranger,
  WatchedMachine,
} from '../../src/machines/store/machine-store.js';
import { addSeconds } from '../../src/time/clock.js';
import { answer, type MemoryDatabase } from './memory-database.js';
import { byMachineId, censusOf } from './memory-census.js';
import type { MemoryTables } from './memory-tables.js';

const FORGET_STRANGERS_SECONDS = 600;

/** Machines and strangers in memory. It means what `PostgresMachineStore` means: both pass the same suite. */
export class MemoryMachineStore implements MachineStore {
  constructor(private readonly database: MemoryDatabase) {}

  private get tables(): MemoryTables {
    return this.database.tables;
  }

  watchedMachines(): Promise<WatchedMachine[]> {
    return answer(() =>
      this.tables.liveMachines().map(({ instanceId, machine }) => {
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

  countOpenAttempts(sentBefore: Date): Promise<number> {
    return answer(() => {
      let count = 0;
      for (const { attempt } of this.tables.openAttempts()) {
        if (attempt.state === 'AMBIGUOUS' || attempt.sentAt < sentBefore) count += 1;
      }
      return count;
    });
  }

  recordObservations(observedMachines: ObservedMachine[], lookedAt: Date): Promise<string[]> {
    return answer(() => {
      const news = new Set<string>();
      for (const observed of observedMachines.toSorted((a, b) => (a.machineId < b.machineId ? -1 : 1))) {
        const told = this.recordObservation(observed, lookedAt);
        if (told) news.add(told);
      }
      for (const id of [...news].sort()) this.database.enqueue(id);
      return [...news];
    });
  }

  private recordObservation(observed: ObservedMachine, lookedAt: Date): string | null {
    const row = this.tables.machines.get(observed.machineId);
    if (!row) return this.recordFirstObservation(observed, lookedAt) ? observed.instanceId : null;
    const { machine, instanceId } = row;
    if (machine.observedAt >= lookedAt || (machine.lastMissingAt && machine.lastMissingAt > lookedAt)) return null;
    const hasComeBack = machine.goneAt !== null && isBack(machine.goneAt, observed.observation.state, lookedAt);
    if (machine.goneAt && !hasComeBack) return null;
    const isHeld = this.tables.instances.get(instanceId)?.instance.machineId === machine.machineId;
    const merged = mergeObservation(machine, observed, lookedAt);
    if (!merged.differs && !hasComeBack) {
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
        ...(hasComeBack && { goneAt: null, releaseAcknowledgedAt: null }),
      },
    });
    return merged.news || !isHeld ? instanceId : null;
  }

  private recordFirstObservation(observed: ObservedMachine, lookedAt: Date): boolean {
    const { instanceId, observation } = observed;
    if (observation.state === 'removed' || !this.tables.instances.has(instanceId)) return false;
    return this.tables.insertMachine(instanceId, firstSeen(observed, lookedAt));
  }

  recordMissing(machineId: string, lookedAt: Date): Promise<string | null> {
    return answer(() => {
      const row = this.tables.machines.get(machineId);
      if (!row || row.machine.goneAt || row.machine.observedAt >= lookedAt) return null;
      if (!countsAsProof(row.machine, lookedAt)) return null;
      const { machine } = row;
      this.tables.replaceMachine({
        ...row,
        machine: { ...machine, missingProofs: machine.missingProofs + 1, lastMissingAt: lookedAt },
      });
      this.database.enqueue(row.instanceId);
      return row.instanceId;
    });
  }

  recordDeleteAcknowledged(machineId: string, at: Date): Promise<void> {
    return answer(() => {
      this.tables.changeMachine(machineId, (row) => ({
        ...row,
        machine: { ...row.machine, releaseAcknowledgedAt: at, missingProofs: 0, lastMissingAt: null },
      }));
    });
  }

  ownersOf(machineIds: string[]): Promise<Map<string, string>> {
    return answer(
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
    return answer(() => new Set(instanceIds.filter((id) => this.tables.instances.has(id))));
  }

  recordStrangers(strangers: Stranger[], lookedAt: Date): Promise<void> {
    return answer(() => {
      for (const stranger of strangers) {
        const known = this.tables.strangers.get(stranger.machineId);
        if (known && known.lastSeenAt >= lookedAt) continue;
        const { firstSeenAt, ignored } = known ?? { firstSeenAt: lookedAt, ignored: false };
        this.tables.strangers.set(stranger.machineId, { ...stranger, firstSeenAt, lastSeenAt: lookedAt, ignored });
      }
    });
  }

  concludePass({ startedAt, seen, spacingSeconds }: Pass): Promise<Census> {
    return answer(() => {
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
      return censusOf(this.tables, startedAt, seen);
    });
  }

  fleetAfter(machineId: string, sorts: FleetSort[], limit: number): Promise<FleetMember[]> {
    return answer(() => {
      const ours = this.tables.liveMachines().map(({ instanceId, machine }) => {
        const isHeld = this.tables.instances.get(instanceId)?.instance.machineId === machine.machineId;
        return { machineId: machine.machineId, instanceId, sort: isHeld ? 'held' : 'surplus' } as const;
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
    return answer(() => machineIds.toSorted().flatMap((id) => this.tables.strangers.get(id) ?? []));
  }

  ignoreStranger(machineId: string): Promise<boolean> {
    return answer(() => {
      const known = this.tables.strangers.get(machineId);
      if (known) this.tables.strangers.set(machineId, { ...known, ignored: true });
      return known !== undefined;
    });
  }

  forgetStranger(machineId: string): Promise<void> {
    return answer(() => {
      this.tables.strangers.delete(machineId);
    });
  }
}
