import type { OfferMemoryStore } from '../../src/catalogue/store/offer-memory-store.js';
import type { GuardStore } from '../../src/machines/store/guard-store.js';
import type { MachineStore } from '../../src/machines/store/machine-store.js';
import type { CapacityStore } from '../../src/novita-instances/store/capacity-store.js';
import type { InstanceStore } from '../../src/novita-instances/store/instance-store.js';
import type { RetentionStore } from '../../src/retention/retention-store.js';
import type { CoreStore } from '../support/core-store.js';
import { joinStores } from '../support/join-stores.js';
import type { MemoryDatabase } from './memory-database.js';
import { MemoryCapacityStore } from './memory-capacity-store.js';
import { MemoryGuardStore } from './memory-guard-store.js';
import { MemoryInstanceStore } from './memory-instance-store.js';
import { MemoryMachineStore } from './memory-machine-store.js';
import { MemoryOfferMemory } from './memory-offer-memory.js';
import { MemoryRetentionStore, type DeletionListener } from './memory-retention-store.js';

/** What an outsider may ask the database in memory. */
type Inspection = Omit<MemoryDatabase, 'tables' | 'limits' | 'clock' | 'enqueue'>;

/** All stores of the core in memory, and what an outsider may ask, as one object. */
export type MemoryCoreStore = CoreStore & Inspection;

export const memoryCoreStore = (database: MemoryDatabase, onDelete?: DeletionListener): MemoryCoreStore =>
  joinStores<[Inspection, InstanceStore, MachineStore, GuardStore, RetentionStore, OfferMemoryStore, CapacityStore]>(
    database,
    new MemoryInstanceStore(database),
    new MemoryMachineStore(database),
    new MemoryGuardStore(database),
    new MemoryRetentionStore(database, onDelete),
    new MemoryOfferMemory(database),
    new MemoryCapacityStore(database),
  );
