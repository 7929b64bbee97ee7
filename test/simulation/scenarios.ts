import { BLANK_SPEC, type InstanceSpec } from '../../src/novita-instances/domain/instance-spec.js';
import type { Verb } from '../../src/novita-instances/domain/commands.js';
import type { UpdateStrategy } from '../../src/vocabulary/update.js';
import { isAlive } from './sim-machine.js';
import type { SimWorld } from './sim-world.js';

/** One thing that a caller does with one instance. Faults strike from `play` on. */
export interface Scenario {
  /** Prepares the world for the play. Says how many virtual seconds that takes. */
  stage: (world: SimWorld) => number;
  play: (world: SimWorld) => void;
  /** The status of the instance when the play begins. Null: there is no instance yet. */
  from: 'ready' | 'stopped' | null;
  /** Faults that always strike, because the scenario is about them. */
  given: readonly string[];
}

const KEY = 'the-create';
const STAGE_SECONDS = 60;

const begun = (world: SimWorld): number => {
  void world.callers.create(KEY, spec(world));
  return STAGE_SECONDS;
};

const begunAndStopped = (world: SimWorld): number => {
  begun(world);
  world.time.after(STAGE_SECONDS * 1000, () => void world.callers.ask(KEY, 'stop'));
  return STAGE_SECONDS + 40;
};

/** A machine that is stopped, of an instance that says what is done when it does not start. */
const begunWith =
  (onStartFailure: InstanceSpec['onStartFailure']) =>
  (world: SimWorld): number => {
    void world.callers.create(KEY, { ...spec(world), onStartFailure });
    world.time.after(STAGE_SECONDS * 1000, () => void world.callers.ask(KEY, 'stop'));
    return STAGE_SECONDS + 40;
  };

const ask =
  (action: Verb, delayMs = 0) =>
  (world: SimWorld): void => {
    world.time.after(delayMs, () => void world.callers.ask(KEY, action));
  };

const update =
  (what: 'image' | 'disk', strategy: UpdateStrategy) =>
  (world: SimWorld): void =>
    void world.callers.update(KEY, what, strategy, 'the-update');

const begunOnSpot = (world: SimWorld): number => {
  void world.callers.create(KEY, { ...spec(world), billingMode: 'spot' });
  return STAGE_SECONDS;
};

const NOTICE_MS = 3_600_000;

/** Novita announces that it takes the machine back, and does so. */
const reclaim = ({ novita, time }: SimWorld): void => {
  for (const machine of novita.alive()) {
    novita.announceReclaim(machine, NOTICE_MS);
    time.after(NOTICE_MS, () => {
      if (isAlive(machine)) novita.take(machine, false);
    });
  }
};

const nothing = (): number => 1;
const create = (world: SimWorld): void => void world.callers.create(KEY, spec(world));

export const SCENARIOS: Record<string, Scenario> = {
  create: { stage: nothing, from: null, play: create, given: [] },
  stop: { stage: begun, from: 'ready', play: ask('stop'), given: [] },
  start: { stage: begunAndStopped, from: 'stopped', play: ask('start'), given: [] },
  restart: { stage: begun, from: 'ready', play: ask('restart'), given: [] },
  replace: { stage: begun, from: 'ready', play: ask('replace'), given: [] },
  'update by upgrade': { stage: begun, from: 'ready', play: update('image', 'inPlace'), given: [] },
  'update by edit': { stage: begun, from: 'ready', play: update('disk', 'inPlace'), given: [] },
  'update by replacement': { stage: begun, from: 'ready', play: update('image', 'replace'), given: [] },
  delete: { stage: begun, from: 'ready', play: ask('delete'), given: [] },
  'delete while it is created': {
    stage: nothing,
    from: null,
    play: (world) => {
      create(world);
      ask('delete', 900)(world);
    },
    given: [],
  },
  reclaim: { stage: begunOnSpot, from: 'ready', play: reclaim, given: [] },
  'reclaim without a notice': {
    stage: begunOnSpot,
    from: 'ready',
    play: ({ novita }) => {
      for (const machine of novita.alive()) novita.take(machine, false);
    },
    given: [],
  },
  'start failure': {
    stage: begunWith('replace'),
    from: 'stopped',
    play: ask('start'),
    given: ['start-refused#1'],
  },
  'start failure and migrate': {
    stage: begunWith('migrate'),
    from: 'stopped',
    play: ask('start'),
    given: ['start-refused#1'],
  },
  adopt: { stage: nothing, from: null, play: create, given: ['answer-lost#1'] },
};

const spec = ({ probeSeconds }: SimWorld): InstanceSpec => ({
  ...BLANK_SPEC,
  productName: 'RTX 4090',
  image: 'example/image:1',
  ports: [{ port: 8188, protocol: 'http' }],
  rootfsSizeGb: 60,
  readiness: { ...BLANK_SPEC.readiness, intervalSeconds: probeSeconds },
});
