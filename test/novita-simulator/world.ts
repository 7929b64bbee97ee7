import type { Catalogue } from './catalogue.js';
import { clusterName } from './catalogue.wire.js';
import type { Fleet } from './fleet.js';
import type { WireContext } from './instance.wire.js';
import { costUsd } from './ledger.js';
import type { Holdings } from './holdings.js';
import type { JobBook } from './jobs.js';
import type { Machine } from './machine.js';
import { storageCostUsd, storageSize } from './network-storage.js';
import type { NewIds } from './new-ids.js';
import { Refusal } from './refusal.js';
import type { SeededRandom } from './seeded-random.js';
import type { SimulatorClock } from './simulator-clock.js';
import type { Stock } from './stock.js';
import type { Switches } from './switches.js';

/** The account of the key that is used. Infinity: no limit. */
export interface Account {
  /** The credit that was paid in. The cost of machines is subtracted. */
  depositUsd: number;
  /** The most machines that are not removed. */
  instanceLimit: number;
  /** The most GPUs in use at once. */
  gpuLimit: number;
  /** What the member may spend in all. */
  memberBudgetUsd: number;
  /** Requests admitted in any 60 s; more are answered 429. */
  requestsPerMinute: number;
}

export const RICH_ACCOUNT: Account = {
  depositUsd: 10_000,
  instanceLimit: Infinity,
  gpuLimit: Infinity,
  memberBudgetUsd: Infinity,
  requestsPerMinute: Infinity,
};

/** Everything on which an answer may depend. */
export interface World {
  clock: SimulatorClock;
  switches: Switches;
  catalogue: Catalogue;
  stock: Stock;
  fleet: Fleet;
  jobs: JobBook;
  holdings: Holdings;
  ids: NewIds;
  /** When the account was opened. */
  openedAt: number;
  account: Account;
  authority: string;
  /** Draws the order of lists without a fixed order. */
  orders: SeededRandom;
}

export function wireContext(world: World, machine: Machine): WireContext {
  const cluster = world.catalogue.clusters.find((each) => each.id === machine.clusterId);
  return {
    switches: world.switches,
    now: world.clock.now(),
    clusterName: (clusterId) => (cluster === undefined ? clusterId : clusterName(cluster, world.switches)),
    workload: world.fleet.workloads.get(machine.id),
    jobs: world.jobs.runningOf(machine.id),
    storageGb: (id) => {
      const storage = world.holdings.storages.find((each) => each.id === id);
      return storage === undefined ? 0 : storageSize(storage);
    },
    authority: world.authority,
  };
}

export function isGone(machine: Machine, now: number): boolean {
  return machine.goneAt !== null && machine.goneAt <= now;
}

/** The machine with this id. Throws the {@link Refusal} for a missing one, which confirms its delete to the client. */
export function knownMachine(world: World, machineId: string): Machine {
  const machine = world.fleet.machines.get(machineId);
  if (machine === undefined || isGone(machine, world.clock.now())) {
    if (machine !== undefined) machine.deleteConfirmedAt ??= world.clock.now();
    throw world.switches.missingInstance === 404
      ? new Refusal(404, 'RESOURCE_NOT_FOUND', 'instance not found')
      : new Refusal(400, 'RESOURCE_NOT_FOUND', 'container not found');
  }
  return machine;
}

/** What everything has cost so far. */
function spentUsd({ clock, fleet, holdings }: World): number {
  const now = clock.now();
  const machines = [...fleet.machines.values()].filter((machine) => !machine.foreign);
  return (
    machines.reduce((sum, machine) => sum + costUsd(machine, now), 0) +
    holdings.storages.reduce((sum, storage) => sum + storageCostUsd(storage, now), 0)
  );
}

export function balanceUsd(world: World): number {
  return world.account.depositUsd - spentUsd(world);
}

/** Throws the {@link Refusal} when the account has less than this much money, or its member a used-up budget. */
export function refuseWithoutMoney(world: World, neededUsd: number): void {
  const { account, switches } = world;
  if (spentUsd(world) >= account.memberBudgetUsd) {
    throw new Refusal(400, 'MEMBER_BUDGET_NOT_ENOUGH', 'the budget of the member is used up');
  }
  const balance = balanceUsd(world);
  if (balance > 0 && balance >= neededUsd) return;
  const status = switches.lowBalance === 'NOT_ENOUGH_BALANCE' ? 403 : 400;
  throw new Refusal(status, switches.lowBalance, 'the balance does not carry another instance');
}

/** Throws the {@link Refusal} when the account may not have this many more machines and GPUs at this price. */
export function refuseBeyondAccount(world: World, request: { gpuNum: number; pricePerGpuHour: number }): void {
  const { account, switches, fleet } = world;
  refuseWithoutMoney(world, (request.pricePerGpuHour * Math.max(1, request.gpuNum)) / 100_000);
  const living = [...fleet.machines.values()].filter(({ foreign, status }) => !foreign && status !== 'removed');
  if (living.length >= account.instanceLimit) {
    const status = switches.instanceQuota === 'CREATE_INSTANCE_LIMIT' ? 400 : 429;
    throw new Refusal(status, switches.instanceQuota, 'instance creation limit reached');
  }
  const held = living.reduce((sum, machine) => sum + (machine.holdsGpus ? machine.gpuNum : 0), 0);
  if (held + request.gpuNum > account.gpuLimit) {
    throw new Refusal(400, 'CREATE_GPU_NUM_LIMIT', 'GPU quota reached', { limit: String(account.gpuLimit) });
  }
}
