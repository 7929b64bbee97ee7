import type { OfferMemoryStore } from '../../src/catalogue/store/offer-memory-store.js';
import { PostgresOfferMemory } from '../../src/catalogue/store/postgres-offer-memory.js';
import { UNLIMITED, type Limits } from '../../src/vocabulary/limits.js';
import { Quotas } from '../../src/novita-instances/store/quotas.js';
import type { Database } from '../../src/database/pool.js';
import type { GuardStore } from '../../src/machines/store/guard-store.js';
import type { MachineStore } from '../../src/machines/store/machine-store.js';
import type { NudgeQueue } from '../../src/machines/store/nudge-queue.js';
import { PostgresGuardStore } from '../../src/machines/store/postgres-guard-store.js';
import { PostgresMachineStore } from '../../src/machines/store/postgres-machine-store.js';
import type { CapacityStore } from '../../src/novita-instances/store/capacity-store.js';
import { PostgresCapacityStore } from '../../src/novita-instances/store/postgres-capacity-store.js';
import type { InstanceStore } from '../../src/novita-instances/store/instance-store.js';
import { PostgresInstanceStore } from '../../src/novita-instances/store/postgres-instance-store.js';
import { PostgresRetentionStore } from '../../src/retention/postgres-retention-store.js';
import type { RetentionStore } from '../../src/retention/retention-store.js';
import { Sealing } from '../../src/secrets/sealing.js';
import type { Clock } from '../../src/time/clock.js';
import { joinStores } from './join-stores.js';

/** All stores of the core as one object. On PostgreSQL: {@link postgresCoreStore}. In memory: `test/simulation/memory-core-store.ts`. */
export type CoreStore = InstanceStore & MachineStore & GuardStore & RetentionStore & OfferMemoryStore & CapacityStore;

/** The stores on PostgreSQL. */
export const postgresCoreStore = (
  database: Database,
  queue: NudgeQueue,
  clock: Clock,
  ofService: Limits = UNLIMITED,
): CoreStore => {
  const sealing = new Sealing('the secret of the deployment');
  return joinStores<[InstanceStore, MachineStore, GuardStore, RetentionStore, OfferMemoryStore, CapacityStore]>(
    new PostgresInstanceStore(database, sealing, queue, clock, new Quotas(ofService)),
    new PostgresMachineStore(database, sealing, queue),
    new PostgresGuardStore(database, clock),
    new PostgresRetentionStore(database),
    new PostgresOfferMemory(database),
    new PostgresCapacityStore(database, sealing),
  );
};
