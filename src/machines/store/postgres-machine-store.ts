import type { Kysely } from 'kysely';
import type { Tables } from '../../database/tables.js';
import type { Sealer } from '../../secrets/sealing.js';
import type { Census } from '../domain/fleet-guard.js';
import * as fleet from './fleet-statements.js';
import * as fleetPage from './fleet-page.js';
import * as machines from './machine-statements.js';
import type {
  FleetMember,
  FleetSort,
  KnownStranger,
  MachineStore,
  Pass,
  ObservedMachine,
  Stranger,
  WatchedMachine,
} from './machine-store.js';
import { nudgeIn, type NudgeQueue } from './nudge-queue.js';

/** Machines per transaction: more would hold locks for long. */
const OBSERVATIONS_AT_ONCE = 100;

/** The {@link MachineStore} on PostgreSQL. */
export class PostgresMachineStore implements MachineStore {
  constructor(
    private readonly database: Kysely<Tables>,
    private readonly sealer: Sealer,
    private readonly queue: NudgeQueue,
  ) {}

  watchedMachines(): Promise<WatchedMachine[]> {
    return machines.watchedMachines(this.database);
  }

  countOpenAttempts(sentBefore: Date): Promise<number> {
    return machines.countOpenAttempts(this.database, sentBefore);
  }

  async recordObservations(observedMachines: ObservedMachine[], lookedAt: Date): Promise<string[]> {
    const ordered = observedMachines.toSorted((a, b) => (a.machineId < b.machineId ? -1 : 1));
    const news: string[] = [];
    for (let at = 0; at < ordered.length; at += OBSERVATIONS_AT_ONCE) {
      const some = ordered.slice(at, at + OBSERVATIONS_AT_ONCE);
      const ids = await this.database.transaction().execute(async (transaction) => {
        const told = await machines.recordObservations(transaction, this.sealer, some, lookedAt);
        await nudgeIn(this.queue, transaction, told);
        return told;
      });
      news.push(...ids);
    }
    return news;
  }

  recordMissing(machineId: string, lookedAt: Date): Promise<string | null> {
    return this.database.transaction().execute(async (transaction) => {
      const instanceId = await machines.recordMissing(transaction, machineId, lookedAt);
      if (instanceId) await nudgeIn(this.queue, transaction, [instanceId]);
      return instanceId;
    });
  }

  async recordDeleteAcknowledged(machineId: string, at: Date): Promise<void> {
    await this.database
      .updateTable('machines')
      // a delete that had to be repeated starts its own wait; proofs from before it do not count
      .set({ release_acknowledged_at: at, missing_proofs: 0, last_missing_at: null })
      .where('machine_id', '=', machineId)
      .execute();
  }

  ownersOf(machineIds: string[]): Promise<Map<string, string>> {
    return fleet.ownersOf(this.database, machineIds);
  }

  knownInstances(instanceIds: string[]): Promise<Set<string>> {
    return fleet.knownInstances(this.database, instanceIds);
  }

  recordStrangers(strangers: Stranger[], lookedAt: Date): Promise<void> {
    return fleet.recordStrangers(this.database, strangers, lookedAt);
  }

  concludePass(pass: Pass): Promise<Census> {
    return this.database.transaction().execute((transaction) => fleet.concludePass(transaction, pass));
  }

  fleetAfter(machineId: string, sorts: FleetSort[], limit: number): Promise<FleetMember[]> {
    return fleetPage.fleetAfter(this.database, machineId, sorts, limit);
  }

  strangers(machineIds: string[]): Promise<KnownStranger[]> {
    return fleetPage.strangers(this.database, machineIds);
  }

  ignoreStranger(machineId: string): Promise<boolean> {
    return fleet.ignoreStranger(this.database, machineId);
  }

  forgetStranger(machineId: string): Promise<void> {
    return fleet.forgetStranger(this.database, machineId);
  }
}
