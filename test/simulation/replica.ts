import type { ProbeTarget } from '../../src/outbound/probe.js';
import { HttpNovitaClient } from '../../src/novita-api/http-novita-client.js';
import { LocalRequestBudget } from '../../src/novita-api/local-request-budget.js';
import { composeCore, type Core } from '../../src/novita-instances/workflow/compose-core.js';
import { FleetCommands } from '../../src/fleet/fleet-commands.js';
import { OperatorWord } from '../../src/fleet/operator-word.js';
import type { BackgroundTask } from '../../src/timetable/background-task.js';
import { Timetable } from '../../src/timetable/timetable.js';
import { capacityTask } from '../../src/novita-instances/workflow/capacity.task.js';
import { fleetTasks, type FleetPace } from '../../src/novita-instances/workflow/fleet.tasks.js';
import { retentionTask } from '../../src/retention/retention.task.js';
import type { MemoryTimetable } from './memory-timetable.js';
import { DomainError } from '../../src/errors/domain-error.js';
import type { Offer } from '../../src/placement/offer.js';
import type { ProbeResult } from '../../src/novita-instances/domain/readiness.js';
import { SharedClock } from '../../src/time/shared-clock.js';
import { ConnectionLost } from './connection-lost.js';
import { SeededRandom } from './seeded-random.js';
import { SimTransport } from './sim-transport.js';
import type { SimWorld } from './sim-world.js';
import type { Fault } from './weather.js';
import { CoreStore } from '../support/core-store.js';

const never = <T>(): Promise<T> => new Promise<T>(() => undefined);
const REQUESTS_PER_MINUTE = 600;
const REQUEST_TIMEOUT_MS = 30_000;
const JOB_SLOTS = 10;
const MOVING_TICK_MS = 2_000;
const LEASE_TICKS = 4;
const LOOK_FOR_REQUESTS_MS = 60_000;
/** As often as the catalogue may be looked at. */
const WAITED_FOR_TICK_MS = 10_000;

/**
 * One process of the service, from its start to its death: the real core on a connection that breaks. When it dies nothing of it
 * ever goes on; what it had sent still takes effect.
 */
export class Replica {
  readonly store: CoreStore;
  private readonly database: MemoryTimetable;
  private readonly duties: Timetable;
  readonly core: Core;
  readonly fleetCommands: FleetCommands;
  readonly word: OperatorWord;
  readonly clock: SharedClock;
  jobs = 0;
  private isDead = false;
  private pausedUntil = 0;
  private held: (() => void)[] = [];

  constructor(
    private readonly world: SimWorld,
    readonly slot: number,
    readonly life: number,
    private readonly skewMs: number,
  ) {
    const random = new SeededRandom(world.seed, 1_000 + slot * 1_000 + life);
    const { time } = world;
    const evenMs = (): number => time.now;
    this.clock = new SharedClock({ now: () => new Date(evenMs()), monotonicMs: evenMs }, evenMs);
    this.learnTime();
    world.clocks.resume(this.clock);
    this.store = this.connected<CoreStore>(world.store);
    this.database = this.connected<MemoryTimetable>(world.timetable);
    const novita = new HttpNovitaClient({
      transport: new SimTransport(world, this),
      clock: this.clock,
      random: random.next,
      budget: new LocalRequestBudget(this.clock, REQUESTS_PER_MINUTE),
      timeoutMs: REQUEST_TIMEOUT_MS,
    });
    const market = {
      currentOffers: () => this.offers(),
      knownOffers: () => this.offers(),
      template: () => Promise.resolve(null),
      volumesOf: () => Promise.resolve([]),
    };
    this.fleetCommands = new FleetCommands(
      this.store,
      this.store,
      this.store,
      novita,
      market,
      world.tagger,
      this.clock,
    );
    this.word = new OperatorWord(this.store, this.store, this.clock);
    this.core = composeCore({
      store: this.store,
      waits: this.store,
      machines: this.store,
      guards: this.store,
      novita,
      market,
      memory: this.store,
      prober: { probe: (target) => this.probe(target) },
      tagger: world.tagger,
      clock: this.clock,
      random: random.next,
      policy: world.policy,
      log: {
        info: (fields, message) => {
          if (typeof fields.step === 'string') world.count(`step ${fields.step}`);
          else world.count(message);
        },
        warn: () => undefined,
        error: (_fields, message) => {
          const what = message.split(':')[0] ?? message;
          world.count(what);
          world.judge.alarmed(what);
        },
      },
    });
    this.duties = this.timetable();
  }

  get name(): string {
    return `r${this.slot}.${this.life}`;
  }

  get isUp(): boolean {
    return !this.isDead && this.world.time.now >= this.pausedUntil;
  }

  get hasRoom(): boolean {
    return this.isUp && this.jobs < JOB_SLOTS;
  }

  start(): void {
    this.world.time.after(this.world.random.between(0, 2_000), () => this.deliver(() => this.duties.start()));
  }

  /** Looks at the database's clock, which it may have noticed to have jumped by then. */
  lookAtClockWithin(ms: number): void {
    this.world.time.after(this.world.clocks.random.between(0, ms), () =>
      this.deliver(() => {
        this.learnTime();
        this.world.clocks.keep(this.clock);
      }),
    );
  }

  private learnTime(): void {
    const { time, clocks } = this.world;
    this.clock.learn(new Date(clocks.databaseMs() + this.skewMs), time.now, time.now);
  }

  crash(): void {
    if (this.isDead) return;
    this.isDead = true;
    this.world.trace(`${this.name} died`);
    this.world.died(this);
  }

  /** Everything in it stands still, and nobody else notices for a while. */
  pause(ms: number): void {
    if (this.isDead) return;
    this.world.trace(`${this.name} sleeps ${Math.round(ms / 1000)} s`);
    this.pausedUntil = this.world.time.now + ms;
    this.world.slept(this);
    this.world.time.after(ms, () => {
      const held = this.held;
      this.held = [];
      for (const go of held) if (!this.isDead) go();
    });
  }

  get hasDied(): boolean {
    return this.isDead;
  }

  get isAsleep(): boolean {
    return this.world.time.now < this.pausedUntil;
  }

  /** Lets go on what waited for the outside, unless there is nobody left to go on. */
  deliver(go: () => void): void {
    if (this.isDead) return;
    if (this.world.time.now < this.pausedUntil) this.held.push(go);
    else go();
  }

  /** Something leaves the process and may come back. It may die just before, or just after. */
  crossing<T>(name: string, before: Fault, after: Fault, leave: (settle: (value: T) => void) => void): Promise<T> {
    const { weather } = this.world;
    if (this.isDead) return never();
    if (weather.strikes(before)) {
      this.world.count(`died before ${name}`);
      this.crash();
      return never();
    }
    return new Promise<T>((resolve) => {
      leave((value) => this.deliver(() => resolve(value)));
      if (weather.strikes(after)) {
        this.world.count(`died after ${name}`);
        this.crash();
      }
    });
  }

  private connected<Store extends object>(store: Store): Store {
    return new Proxy(store, {
      get: (target, name) => {
        const methods = target as unknown as Record<string | symbol, (...given: unknown[]) => Promise<unknown>>;
        return (...args: unknown[]) =>
          this.ask(String(name), args, () => methods[name]?.apply(target, args) ?? Promise.resolve());
      },
    });
  }

  private ask(name: string, args: unknown[], work: () => Promise<unknown>): Promise<unknown> {
    const { world } = this;
    const { weather } = world;
    if (this.isDead) return never();
    weather.current = `store ${name}`;
    if (world.time.now < this.pausedUntil) {
      return new Promise((resolve) => this.deliver(() => resolve(this.ask(name, args, work))));
    }
    if (world.isAway('database-away') || weather.strikes('store-refuses')) {
      world.count('store refused');
      return this.later(200, () => Promise.reject(new ConnectionLost()));
    }
    if (weather.strikes('crash-before-store')) {
      world.count(`died before store ${name}`);
      this.crash();
      return never();
    }
    const nap = weather.strikes('sleep-at-store');
    if (nap) {
      world.count(`slept at store ${name}`);
      this.pause(nap.random.logUniform(2_000, 300_000));
    }
    const slow = weather.strikes('store-slow');
    if (slow) return this.later(slow.random.logUniform(5, 5_000), () => this.work(name, args, work));
    return this.work(name, args, work);
  }

  private work(name: string, args: unknown[], work: () => Promise<unknown>): Promise<unknown> {
    const { world } = this;
    const { weather } = world;
    const done = work();
    // a process that dies or sleeps hears nothing of a refusal, or hears of it late
    done.catch(() => undefined);
    world.asked(this, name, args, done);
    if (weather.strikes('crash-after-store')) {
      world.count(`died after store ${name}`);
      this.crash();
      return never();
    }
    if (weather.strikes('commit-unknown')) {
      world.count('commit of unknown outcome');
      return this.later(100, () => Promise.reject(new ConnectionLost()));
    }
    const late = weather.strikes('store-answers-late');
    if (late) {
      // what was asked later may be answered earlier
      world.count('store answered late');
      return this.later(late.random.logUniform(5, 5_000), () => done);
    }
    return world.time.now < this.pausedUntil ? this.later(0, () => done) : done;
  }

  private later<T>(ms: number, work: () => Promise<T>): Promise<T> {
    return new Promise((resolve) => {
      this.world.time.after(ms, () => this.deliver(() => resolve(work())));
    });
  }

  private offers(): Promise<Offer[]> {
    const { world } = this;
    if (world.isAway('outage') || world.isAway('key-revoked')) {
      return this.later(500, () => Promise.reject(new DomainError('CATALOGUE_UNAVAILABLE', 'Novita does not say.')));
    }
    return this.later(50, () =>
      Promise.resolve(
        world.novita.offers.flatMap((offer) =>
          (['onDemand', 'spot'] as const).map((billingMode) => ({
            productId: offer.productId,
            productName: 'RTX 4090 24GB',
            regionId: offer.clusterId,
            regionName: offer.clusterId.toUpperCase(),
            billingMode,
            pricePerGpuHour: billingMode === 'spot' ? offer.spotPrice : offer.price,
            available: offer.stock > 0,
            stock: offer.stock > 0 ? ('normal' as const) : ('none' as const),
            minRootfsGb: 10,
            maxRootfsGb: 1_000,
          })),
        ),
      ),
    );
  }

  private probe(target: ProbeTarget): Promise<ProbeResult> {
    const host = target.type === 'http' ? new URL(target.url).hostname : target.host;
    const machine = this.world.novita.machines.get(host.slice(0, 7));
    return this.later(this.world.random.between(10, 300), () =>
      Promise.resolve<ProbeResult>(
        machine?.status === 'running' && machine.workloadAt <= this.world.time.now
          ? { ok: true }
          : { ok: false, why: 'nobody answers' },
      ),
    );
  }

  async reconcile(instanceId: string): Promise<void> {
    this.jobs += 1;
    try {
      await this.core.reconciler.reconcile(instanceId, new AbortController().signal);
    } finally {
      this.jobs -= 1;
    }
  }

  /** The pace of the service, only that it sleeps when nothing is due. */
  private pace(): FleetPace {
    const { world } = this;
    const restMs = (): number => {
      const wakeAt = world.store.nextWakeAt();
      const untilWake = wakeAt ? wakeAt.getTime() - this.clock.now().getTime() + 1 : Infinity;
      return Math.max(50, Math.min(this.tickMs(), untilWake));
    };
    return {
      lease: { name: 'fleet', seconds: () => Math.max(8, (this.tickMs() / 1000) * LEASE_TICKS) },
      wakeEveryMs: restMs,
      watchEveryMs: restMs,
      longestMs: MOVING_TICK_MS,
    };
  }

  private tickMs(): number {
    const isMoving = this.world.store.isMoving() || this.core.watch.isMoving;
    return isMoving ? MOVING_TICK_MS : this.world.quietTickMs;
  }

  private tasks(): BackgroundTask[] {
    const { world, clock } = this;
    const { keep } = world;
    const pace = this.pace();
    const { capacity } = this.core;
    const waits = capacityTask(this.core, {
      lease: pace.lease,
      everyMs: () => (capacity.isWaitedFor ? WAITED_FOR_TICK_MS : world.quietTickMs),
      longestMs: world.quietTickMs,
    });
    const fleet = [...fleetTasks(this.core, pace), waits];
    if (!keep) return fleet;
    const pause = (ms: number): Promise<void> => this.later(ms, () => Promise.resolve());
    return [...fleet, retentionTask({ store: this.store, keep, clock, pause })];
  }

  private timetable(): Timetable {
    const { world, clock } = this;
    return new Timetable(this.tasks(), {
      leases: this.database,
      runs: this.database,
      clock,
      timer: { after: (ms, run) => world.time.after(ms, () => this.deliver(run)) },
      replica: this.name,
      lookEveryMs: () => LOOK_FOR_REQUESTS_MS,
      reference: () => 'simulated',
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
      onRun: (task, hasFailed) => {
        if (hasFailed) world.count('background task failed');
        else if (task === 'retention') world.count('retention ran');
      },
    });
  }
}
