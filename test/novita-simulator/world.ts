import type { Catalogue } from './catalogue.js';
import { clusterName } from './catalogue.wire.js';
import type { Fleet } from './fleet.js';
import type { WireContext } from './instance.wire.js';
import { costUsd } from './ledger.js';
import type { Machine } from './machine.js';
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
  /** Requests admitted in any 60 s; more are answered 429. */
  requestsPerMinute: number;
}

export const RICH_ACCOUNT: Account = {
  depositUsd: 10_000,
  instanceLimit: Infinity,
  gpuLimit: Infinity,
  requestsPerMinute: Infinity,
};

/** Everything on which an answer may depend. */
export interface World {
  clock: SimulatorClock;
  switches: Switches;
  catalogue: Catalogue;
  stock: Stock;
  fleet: Fleet;
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

/** Throws the {@link Refusal} when the account may not have this many more machines and GPUs at this price. */
export function refuseBeyondAccount(world: World, request: { gpuNum: number; pricePerGpuHour: number }): void {
  const { account, switches, fleet, clock } = world;
  const machines = [...fleet.machines.values()].filter((machine) => !machine.foreign);
  const spent = machines.reduce((sum, machine) => sum + costUsd(machine, clock.now()), 0);
  const oneHour = (request.pricePerGpuHour * Math.max(1, request.gpuNum)) / 100_000;
  if (account.depositUsd - spent < oneHour) {
    throw new Refusal(
      switches.lowBalance === 'BALANCE_NOT_ENOUGH' ? 400 : 403,
      switches.lowBalance,
      'balance is not enough',
    );
  }
  const living = machines.filter((machine) => machine.status !== 'removed');
  if (living.length >= account.instanceLimit) {
    const status = switches.instanceQuota === 'CREATE_INSTANCE_LIMIT' ? 400 : 429;
    throw new Refusal(status, switches.instanceQuota, 'instance creation limit reached');
  }
  const held = living.reduce((sum, machine) => sum + (machine.holdsGpus ? machine.gpuNum : 0), 0);
  if (held + request.gpuNum > account.gpuLimit) {
    throw new Refusal(400, 'CREATE_GPU_NUM_LIMIT', 'GPU quota reached', { limit: String(account.gpuLimit) });
  }
}
