import type { OfferMemoryStore } from '../../catalogue/store/offer-memory-store.js';
import type { Market } from '../../placement/market.js';
import type { Prober } from '../../outbound/probe.js';
import type { Log } from '../../logging/log.js';
import type { NovitaClient } from '../../novita-api/novita-client.js';
import type { Clock } from '../../time/clock.js';
import { Ids, type Random } from '../../time/ids.js';
import { InstanceCommands } from '../commands/instance-commands.js';
import type { Policy } from '../domain/policy.js';
import type { Tagger } from '../../machines/domain/tag.js';
import type { CapacityStore } from '../store/capacity-store.js';
import type { InstanceStore } from '../store/instance-store.js';
import { FleetWatch } from '../../machines/sweep/fleet-watch.js';
import { Guardian } from '../../machines/sweep/guardian.js';
import type { AroundStep } from './ports.js';
import { ActOnMachine } from '../effects/act-on-machine.js';
import { AdoptMachine } from '../effects/adopt-machine.js';
import { DeleteMachine } from '../effects/delete-machine.js';
import { PlaceMachine } from '../effects/place-machine.js';
import { ProbeWorkload } from '../effects/probe-workload.js';
import { UpdateMachine } from '../effects/update-machine.js';
import { Reconciler, type Effects } from './reconcile.js';
import { CapacityWatch } from './capacity-watch.js';
import { Waker } from './waker.js';
import { GuardStore } from '../../machines/store/guard-store.js';
import { MachineStore } from '../../machines/store/machine-store.js';
import { secretsOfOwners } from '../effects/told-outcome.js';

/** Everything the core touches, and all the chance and time it knows. */
export interface CoreParts {
  store: InstanceStore;
  waits: CapacityStore;
  machines: MachineStore;
  guards: GuardStore;
  novita: NovitaClient;
  market: Market;
  memory: OfferMemoryStore;
  prober: Prober;
  tagger: Tagger;
  clock: Clock;
  random: Random;
  policy: Policy;
  log: Log;
  /** Told how many seconds passed from a command until the workload answered. */
  onReady?: (seconds: number) => void;
  aroundStep?: AroundStep;
}

export interface Core {
  commands: InstanceCommands;
  reconciler: Reconciler;
  watch: FleetWatch;
  waker: Waker;
  capacity: CapacityWatch;
}

/** One replica's core. Knows no framework, so that a simulation can run it as the service does. */
export const composeCore = (parts: CoreParts): Core => {
  const {
    store,
    waits,
    machines,
    guards,
    novita,
    market,
    memory,
    prober,
    tagger,
    clock,
    random,
    policy,
    log,
    onReady,
    aroundStep,
  } = parts;
  const guardian = new Guardian(guards, clock, log);
  const effects: Effects = {
    placing: new PlaceMachine(store, guards, novita, market, memory, tagger, clock, random, policy),
    adopting: new AdoptMachine(store, machines, novita, market, tagger, clock),
    acting: new ActOnMachine(store, machines, novita, market, clock, policy),
    deleting: new DeleteMachine(store, machines, novita, tagger, clock),
    probing: new ProbeWorkload(store, prober, clock, policy),
    updating: new UpdateMachine(store, machines, novita, market, tagger, clock, policy),
  };
  return {
    commands: new InstanceCommands(store, new Ids(clock, random), clock),
    reconciler: new Reconciler(store, effects, guardian, clock, policy, log, onReady, aroundStep),
    watch: new FleetWatch(machines, novita, tagger, guardian, clock, policy, secretsOfOwners(store), log),
    waker: new Waker(store, clock),
    capacity: new CapacityWatch(store, waits, market, memory, guardian, clock, policy),
  };
};
