import type { Clock } from '../../../src/time/clock.js';
import { newWebhook } from '../../../src/webhooks/domain/new-webhook.js';
import { DEFAULT_PROJECT_ID } from '../../../src/vocabulary/project.js';
import { OTHER_PROJECT_ID } from '../callers.js';
import type { MemoryDatabase } from '../memory-database.js';
import type { Replica } from '../replica.js';
import { SeededRandom } from '../seeded-random.js';
import type { Host } from '../side-connection.js';
import type { SimWorld } from '../sim-world.js';
import type { Rates, Weather } from '../weather.js';
import { MemoryWebhooks } from './memory-webhooks.js';
import { SimEndpoint, type Mood } from './sim-endpoint.js';
import { SimReceivers } from './sim-receivers.js';
import { PLAIN, WebhookProcess } from './webhook-process.js';

const HOUR_MS = 3_600_000;
/** Then nothing waits any more. */
const ENOUGH_MS = 400 * HOUR_MS;
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
/** Longer than ten attempts take: a receiver that is lost comes back, and has missed something. */
const FOUND_AFTER_MS = 100 * HOUR_MS;
/** After so long without news of a run, another process runs. */
const LEASE_MS = 10_000;

const TYPES = [
  [],
  [],
  ['status.changed', 'instance.failed'],
  ['instance.created', 'status.changed', 'machine.restarted'],
] as const;
const MOODS = ['away', 'away', 'failing', 'overloaded', 'gone'] as const satisfies readonly Mood[];

/** Endpoints, their receivers, and the processes that send. All chance here is drawn apart from that of the rest of the world. */
export class SimWebhooks {
  readonly store: MemoryWebhooks;
  readonly endpoints: SimEndpoint[] = [];
  private readonly receivers: SimReceivers;
  private readonly random: SeededRandom;
  private readonly weather: Weather;
  private readonly processes = new Map<Replica, WebhookProcess>();
  /** Sent last, and has the lease if it lives. */
  private holder: Replica | null = null;
  private seenPosition = 0;
  private planned: { at: number; cancel: () => void } | null = null;
  /** Goes on when the rest of the world has ended. */
  private last: WebhookProcess | null = null;
  private isEpilogue = false;

  constructor(
    private readonly world: SimWorld,
    database: MemoryDatabase,
    forMs: number,
  ) {
    this.random = new SeededRandom(world.seed, 13);
    this.weather = world.weather.aside('webhooks', drawSideRates(this.random));
    this.store = new MemoryWebhooks(database);
    this.receivers = new SimReceivers(world, this.weather, this.random, this.endpoints);
    const projects = [null, DEFAULT_PROJECT_ID, OTHER_PROJECT_ID];
    for (const [index, projectId] of projects.entries())
      if (this.random.chance(0.7)) this.make(index, projectId, forMs);
  }

  private make(index: number, projectId: string | null, forMs: number): void {
    const { random, world } = this;
    const { now } = world.time;
    const id = `whk_0000000000000000000000000${index}`;
    const endpoint = new SimEndpoint(id, `https://receiver-${index}.example.com/`, projectId, random.pick(TYPES), now);
    const { url, eventTypes } = endpoint;
    const wanted = { id, projectId, instanceId: null, url, description: '', eventTypes, labels: {}, secret: SECRET };
    this.store.add(newWebhook({ ...wanted, now: new Date(now) }, PLAIN));
    this.endpoints.push(endpoint);
    for (let spells = random.integer(0, 3); spells > 0; spells--) this.planSpell(endpoint, forMs);
    for (let changes = random.integer(0, 2); changes > 0; changes--) this.planSetting(endpoint, forMs);
    const lostAt = random.chance(0.2) ? random.between(0, forMs) : null;
    if (lostAt !== null) world.time.after(lostAt, () => (endpoint.isLost = true), random);
  }

  private planSpell(endpoint: SimEndpoint, forMs: number): void {
    const { random, world } = this;
    const mood = random.pick(MOODS);
    const from = world.time.now + random.between(0, forMs);
    const to = from + random.logUniform(30_000, 4 * HOUR_MS);
    if (!this.weather.admits(`${endpoint.id}-${mood}-${Math.round(from)}`)) return;
    endpoint.spells.push({ mood, from, to });
  }

  /** Its owner pauses or disables it for a while. */
  private planSetting(endpoint: SimEndpoint, forMs: number): void {
    const { random, world } = this;
    const setting = random.pick(['paused', 'disabled'] as const);
    const at = random.between(0, forMs);
    world.time.after(at, () => this.set(endpoint, setting), random);
    world.time.after(at + random.logUniform(1_000, 2 * HOUR_MS), () => this.set(endpoint, 'enabled'), random);
  }

  private set(endpoint: SimEndpoint, setting: 'enabled' | 'paused' | 'disabled'): void {
    const { store, world } = this;
    if (endpoint.setting === setting) return;
    world.count(`endpoint ${setting}`);
    world.trace(`${endpoint.id} is ${setting}`);
    store.set(endpoint.id, setting, new Date(world.time.now));
    endpoint.set(setting, world.time.now, world.store.lastPosition());
    this.plan();
  }

  /** Whether the delivery of this event has failed for good, or was cancelled. */
  isGivenUp(endpoint: SimEndpoint, position: number): boolean {
    const state = this.store.deliveryOf(endpoint.id, position)?.state;
    return state === 'failed' || state === 'cancelled';
  }

  /** A replica has asked its database for something. */
  look(): void {
    const position = this.world.store.lastPosition();
    if (position === this.seenPosition) return;
    this.seenPosition = position;
    this.plan();
  }

  /** The database is an older copy now, taken at that time. */
  rolledBack(takenAt: number): void {
    for (const endpoint of this.endpoints) endpoint.forgetAfter(takenAt, this.world.time.now);
    this.plan();
  }

  /**
   * What goes on when the rest of the world has ended: the deliveries that still wait are sent, through days of virtual time in which nothing else
   * happens.
   */
  async goOn(): Promise<void> {
    const { time } = this.world;
    time.clear();
    this.planned = null;
    this.isEpilogue = true;
    this.processes.clear();
    this.holder = null;
    for (const endpoint of this.endpoints) if (endpoint.setting === 'paused') this.set(endpoint, 'enabled');
    for (const endpoint of this.endpoints) time.after(FOUND_AFTER_MS, () => (endpoint.isLost = false), this.random);
    this.plan();
    await time.runUntil(time.now + ENOUGH_MS, () => undefined);
  }

  /** Plans the next run for the time at which there is something to do. */
  private plan(): void {
    const { random, store, world } = this;
    const { time } = world;
    const dueMs = store.isBehind() ? time.now : store.nextDueMs();
    if (dueMs === Infinity) return;
    const at = Math.max(dueMs, time.now + random.logUniform(250, 4_000));
    if (this.planned && this.planned.at <= at) return;
    this.planned?.cancel();
    const cancel = time.after(at - time.now, () => this.run(), random);
    this.planned = { at, cancel };
  }

  private run(): void {
    const { random, store, world } = this;
    this.planned = null;
    if (!store.isBehind() && store.nextDueMs() > world.time.now + world.skewMs) return this.plan();
    const process = this.someProcess();
    const again = (): void => this.plan();
    const cancel = world.time.after(LEASE_MS, again, random);
    if (!process) return;
    const over = (): void => {
      cancel();
      again();
    };
    process.dispatcher.run().then(over, over);
  }

  /** The process that has the lease, or now and then another one: claims keep them apart. Null: all are dead or asleep. */
  private someProcess(): WebhookProcess | null {
    const { random, world } = this;
    if (this.isEpilogue) {
      const monotonicMs = (): number => world.time.now;
      return (this.last ??= this.start(AWAKE, { now: () => new Date(monotonicMs()), monotonicMs }));
    }
    const up = world.allReplicas().filter((replica) => replica.isUp && !this.processes.get(replica)?.hasDied);
    const [first, ...others] = up;
    if (!first) return null;
    if (!this.holder || !up.includes(this.holder) || random.chance(0.1)) this.holder = random.pick([first, ...others]);
    const replica = this.holder;
    const known = this.processes.get(replica);
    if (known) return known;
    const made = this.start(replica, replica.clock, () => {
      world.time.after(random.logUniform(1_000, 60_000), () => this.processes.delete(replica), random);
    });
    this.processes.set(replica, made);
    return made;
  }

  private start(host: Host, clock: Clock, onDeath: () => void = () => undefined): WebhookProcess {
    const { random, receivers, store, weather, world } = this;
    return new WebhookProcess({
      world,
      weather,
      random,
      store,
      receivers,
      host,
      clock,
      onDeath,
      onWrite: () => this.plan(),
    });
  }
}

const AWAKE: Host = { hasDied: false, isAsleep: false, deliver: (go) => go(), crash: () => undefined };

const drawSideRates = (random: SeededRandom): Rates => {
  const isOften = random.chance(0.5);
  const rate = (low: number, high: number): number => (isOften ? random.logUniform(low, high) : random.next() * low);
  return {
    'request-lost': rate(0.005, 0.2),
    'answer-lost': rate(0.005, 0.2),
    'read-error': rate(0.005, 0.2),
    'crash-before-send': rate(0.002, 0.02),
    'crash-after-send': rate(0.02, 0.1),
    'crash-before-store': rate(0.002, 0.02),
    'crash-after-store': rate(0.002, 0.02),
    'store-refuses': rate(0.001, 0.02),
    'commit-unknown': rate(0.001, 0.02),
    'store-slow': rate(0.005, 0.1),
    'store-answers-late': rate(0.005, 0.1),
  };
};
