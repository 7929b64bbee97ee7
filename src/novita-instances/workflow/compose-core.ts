import type { Log } from '../../logging/log.js';
import type { NovitaClient } from '../../novita-api/novita-client.js';
import type { Clock } from '../../time/clock.js';
import type { Random } from '../../time/ids.js';
import type { Policy } from '../domain/policy.js';
import type { Tagger } from '../domain/tag.js';
import type { InstanceStore } from '../store/instance-store.js';
import { FleetDesk } from './fleet-desk.js';
import { FleetWatch } from './fleet-watch.js';
import { Guardian } from './guardian.js';
import { OperatorWord } from './operator-word.js';
import { PlaceMachine } from './place-machine.js';
import type { AroundStep, Market, Prober } from './ports.js';
import { Reconciler } from './reconcile.js';
import { SteerMachine } from './steer-machine.js';
import { Waker } from './waker.js';

/** Everything the core touches, and all the chance and time it knows. */
export interface CoreParts {
  store: InstanceStore;
  novita: NovitaClient;
  market: Market;
  prober: Prober;
  tagger: Tagger;
  clock: Clock;
  random: Random;
  policy: Policy;
  log: Log;
  /** Told how many seconds a wish took to be fulfilled by a workload that answers. */
  onReady?: (seconds: number) => void;
  aroundStep?: AroundStep;
}

export interface Core {
  reconciler: Reconciler;
  watch: FleetWatch;
  waker: Waker;
  desk: FleetDesk;
  word: OperatorWord;
}

/** One replica's core. Knows no framework, so that a simulation can run it as the service does. */
export const composeCore = (parts: CoreParts): Core => {
  const { store, novita, market, prober, tagger, clock, random, policy, log, onReady, aroundStep } = parts;
  const guardian = new Guardian(store, clock, log);
  const placing = new PlaceMachine(store, novita, market, tagger, clock, random, policy);
  const steering = new SteerMachine(store, novita, market, tagger, clock, policy);
  return {
    reconciler: new Reconciler(store, placing, steering, prober, guardian, clock, policy, log, onReady, aroundStep),
    watch: new FleetWatch(store, novita, tagger, guardian, clock, policy, log),
    waker: new Waker(store, clock),
    desk: new FleetDesk(store, novita, market, tagger, clock),
    word: new OperatorWord(store, clock),
  };
};
