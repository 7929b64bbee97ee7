import { isUnpullable } from './unpullable.js';
import { done, refused, unknownMachine, type NovitaAnswer } from './novita-answer.js';
import type { SeededRandom } from './seeded-random.js';
import { enter, isAlive, type SimMachine } from './sim-machine.js';
import { firstOffers, type SimOffer } from './sim-offer.js';
import type { VirtualTime } from './virtual-time.js';
import type { Weather } from './weather.js';

/** How much more often a restart is acknowledged in vain than other requests: restarts are few, and two in vain are fewer. */
const VAIN_RESTARTS = 100;
/** How long a removed machine is still listed. */
const REMOVED_LISTED_MS = 30_000;

const HOUR_MS = 3_600_000;
const PULL_FAILS_AFTER_MS = 8_000;
/** So long before the deadline a machine is shown as `reclaiming`. */
const RECLAIMING_MS = 60_000;

/** Novita as it really is: every machine that was ever made, by which request, and what it costs. It does not depend on what the core believes. */
export class SimNovita {
  readonly machines = new Map<string, SimMachine>();
  readonly offers = firstOffers();
  hasBalance = true;
  /** Machines by the name that their create asked for. */
  readonly bornAs = new Map<string, SimMachine[]>();
  onChange: (machine: SimMachine, what: string) => void = () => undefined;
  /** Novita is about to take a spot machine back. */
  onTaken: (machine: SimMachine) => void = () => undefined;
  /** Those that a list may still show. */
  private readonly current = new Set<SimMachine>();
  private lastId = 0;

  constructor(
    private readonly time: VirtualTime,
    private readonly random: SeededRandom,
    private readonly weather: Weather,
    /** How long a boot takes, compared with what is usual. */
    private readonly pace: number,
    /** Random numbers for updates alone, so that drawing them changes nothing else. */
    private readonly updates: SeededRandom,
  ) {}

  create(body: Record<string, unknown>): NovitaAnswer {
    if (String(body.imageUrl).startsWith('missing/')) return refused(400, 'IMAGE_NOT_FOUND');
    if (!this.hasBalance) return refused(400, 'BALANCE_NOT_ENOUGH');
    const offer = this.offers.find((one) => one.productId === body.productId && one.clusterId === body.clusterId);
    const isSoldOut = offer?.soldOut === 'all' || offer?.soldOut === body.billingMode;
    if (!offer || offer.stock < 1 || isSoldOut) return refused(400, 'INSUFFICIENT_RESOURCE');
    offer.stock -= 1;
    const ports = String(body.ports)
      .split(', ')
      .map((text) => text.split('/'))
      .map(([port, protocol]) => ({
        port: Number(port),
        protocol: protocol === 'tcp' ? ('tcp' as const) : ('http' as const),
      }));
    const machine = this.add({
      name: String(body.name),
      envs: (body.envs ?? []) as SimMachine['envs'],
      productId: String(body.productId),
      clusterId: String(body.clusterId),
      gpuNum: Number(body.gpuNum),
      billingMode: body.billingMode === 'spot' ? 'spot' : 'onDemand',
      image: String(body.imageUrl),
      command: typeof body.command === 'string' ? body.command : '',
      rootfsSize: Number(body.rootfsSize),
      ports,
      foreign: false,
    });
    this.boot(machine);
    return done({ id: machine.id });
  }

  /** A machine that somebody else made, running. */
  addForeign(name: string, envs: SimMachine['envs'] = []): SimMachine {
    const machine = this.add({
      name,
      envs,
      productId: 'p-4090',
      clusterId: 'us-1',
      gpuNum: 1,
      billingMode: 'onDemand',
      image: 'somebody/else:1',
      command: '',
      rootfsSize: 60,
      ports: [],
      foreign: true,
    });
    enter(machine, 'running', this.time.now);
    return machine;
  }

  private add(
    make: Pick<
      SimMachine,
      | 'name'
      | 'envs'
      | 'productId'
      | 'clusterId'
      | 'gpuNum'
      | 'billingMode'
      | 'image'
      | 'command'
      | 'rootfsSize'
      | 'ports'
      | 'foreign'
    >,
  ): SimMachine {
    const lag = this.weather.strikes('list-lag');
    const knownLate = this.weather.strikes('known-late');
    const machine: SimMachine = {
      ...make,
      id: `m${String(++this.lastId).padStart(6, '0')}`,
      bornAs: make.name,
      status: 'toCreate',
      statusError: null,
      spotStatus: make.billingMode === 'spot' ? 'running' : '',
      spotReclaimTime: 0,
      reclaim: { course: 0, noticedAt: null, calledOffAt: null, takenAt: null },
      upgrades: 0,
      edits: 0,
      bornAt: this.time.now,
      visibleAt: this.time.now + (lag ? lag.random.logUniform(1_000, 100_000) : 0),
      knownAt: this.time.now + (knownLate ? knownLate.random.between(1_000, 60_000) : 0),
      workloadAt: Infinity,
      startedAt: 0,
      runs: 0,
      course: 0,
      removedAt: null,
      removedBy: null,
      billedSince: null,
      billedMs: 0,
    };
    this.machines.set(machine.id, machine);
    this.current.add(machine);
    this.bornAs.set(machine.bornAs, [...(this.bornAs.get(machine.bornAs) ?? []), machine]);
    this.onChange(machine, 'made');
    return machine;
  }

  private boot(machine: SimMachine): void {
    const { random, pace } = this;
    this.later(machine, pace * random.between(500, 3_000), () => {
      this.enter(machine, 'creating');
      this.later(machine, pace * random.between(1_000, 8_000), () => {
        if (isUnpullable(machine.image)) return this.failPull(machine, 'manifest unknown');
        const failed = this.weather.strikes('fails-at-birth');
        if (failed) {
          machine.statusError = { state: 'CREATE_FAILED', message: 'the node went away' };
          const status = failed.random.chance(0.5) ? 'exited' : 'pulling';
          if (failed.random.chance(0.3)) {
            machine.statusError = { state: 'PullImageFailed', message: 'toomanyrequests: slow down' };
          }
          this.enter(machine, status);
          return;
        }
        this.enter(machine, 'pulling');
        if (this.weather.strikes('stuck-pulling')) return;
        this.later(machine, pace * random.logUniform(5_000, 120_000), () => this.run(machine));
      });
    });
  }

  private failPull(machine: SimMachine, message: string): void {
    this.enter(machine, 'pulling');
    this.later(machine, this.pace * PULL_FAILS_AFTER_MS, () => {
      machine.statusError = { state: 'PullImageFailed', message };
      this.enter(machine, 'exited');
    });
  }

  private run(machine: SimMachine): void {
    machine.startedAt = this.time.now;
    machine.runs += 1;
    this.enter(machine, 'running');
    const silent = this.weather.strikes('workload-silent');
    machine.workloadAt = silent ? Infinity : this.time.now + this.pace * this.random.between(0, 20_000);
    const odd = this.weather.strikes('odd-status');
    if (odd)
      this.later(machine, odd.random.between(10_000, 3_000_000), () => this.spell(machine, 'maintaining', 120_000));
    const down = this.weather.strikes('goes-down');
    if (down) {
      const ms = down.random.logUniform(1_000, 3_600_000);
      const isOom = down.random.chance(0.4);
      this.later(machine, ms, () => this.goDown(machine, isOom));
    }
    const moved = this.weather.strikes('moved-by-novita');
    if (moved) this.later(machine, moved.random.logUniform(60_000, 6_000_000), () => this.move(machine));
    if (machine.billingMode === 'spot') {
      const reclaim = this.weather.strikes('spot-reclaim');
      if (reclaim)
        this.later(machine, reclaim.random.logUniform(20_000, 2_000_000), () => this.reclaim(machine, reclaim.random));
    }
  }

  private spell(machine: SimMachine, status: string, ms: number): void {
    this.enter(machine, status);
    this.later(machine, ms, () => this.run(machine));
  }

  private goDown(machine: SimMachine, isOom: boolean): void {
    if (isOom) machine.statusError = { state: 'oom', message: 'out of memory' };
    this.enter(machine, 'exited');
  }

  private move(machine: SimMachine): void {
    this.enter(machine, 'migrating');
    this.later(machine, this.random.between(5_000, 60_000), () => {
      this.enter(machine, 'pulling');
      this.later(machine, this.random.between(5_000, 60_000), () => this.run(machine));
    });
  }

  /** Takes the machine back, in one of the ways that clients have seen or that the contract leaves open. */
  private reclaim(machine: SimMachine, random: SeededRandom): void {
    if (this.weather.over || machine.reclaim.noticedAt !== null) return;
    const way = random.next();
    const isGone = random.chance(0.4);
    const noticeMs = random.logUniform(300_000, HOUR_MS);
    if (way < 0.2) return this.take(machine, isGone);
    this.announceReclaim(machine, noticeMs, way < 0.4);
    if (way < 0.7) this.laterReclaim(machine, random.logUniform(10_000, noticeMs), () => this.callOff(machine));
    else this.laterReclaim(machine, noticeMs, () => this.take(machine, isGone));
  }

  /** @param isDeadlineHidden Novita shows no time until it has taken the machine */
  announceReclaim(machine: SimMachine, noticeMs: number, isDeadlineHidden = false): void {
    machine.reclaim = { ...machine.reclaim, noticedAt: this.time.now, calledOffAt: null };
    machine.spotStatus = 'notified';
    machine.spotReclaimTime = isDeadlineHidden ? 0 : Math.floor((this.time.now + noticeMs) / 1000);
    this.onChange(machine, 'spot notified');
    this.laterReclaim(machine, noticeMs - Math.min(RECLAIMING_MS, noticeMs / 2), () => {
      machine.spotStatus = 'reclaiming';
      this.onChange(machine, 'spot reclaiming');
    });
  }

  callOff(machine: SimMachine): void {
    machine.reclaim = {
      ...machine.reclaim,
      course: machine.reclaim.course + 1,
      noticedAt: null,
      calledOffAt: this.time.now,
    };
    machine.spotStatus = 'running';
    machine.spotReclaimTime = 0;
    this.onChange(machine, 'spot reclaim called off');
  }

  /** @param isGone its record goes soon after it */
  take(machine: SimMachine, isGone: boolean): void {
    // what was announced before the good weather began does not come any more
    if (this.weather.over) return this.callOff(machine);
    this.onTaken(machine);
    machine.course += 1;
    machine.spotStatus = 'terminated';
    machine.spotReclaimTime = Math.floor(this.time.now / 1000);
    machine.reclaim = { ...machine.reclaim, noticedAt: null, takenAt: this.time.now };
    this.enter(machine, 'exited');
    if (!isGone) return;
    this.later(machine, this.random.between(1_000, 90_000), () => {
      machine.removedBy ??= 'novita';
      this.enter(machine, 'removing');
      this.later(machine, 3_000, () => this.bury(machine));
    });
  }

  /** The owner has decided about the machine. */
  private endReclaim(machine: SimMachine): void {
    const { course, noticedAt, calledOffAt } = machine.reclaim;
    // a notice that ends so is withdrawn too
    const endedAt = noticedAt === null ? calledOffAt : this.time.now;
    machine.reclaim = { ...machine.reclaim, course: course + 1, noticedAt: null, calledOffAt: endedAt };
    machine.spotReclaimTime = 0;
    machine.spotStatus = '';
  }

  /** Does something later, unless the owner has stopped, started or deleted the machine meanwhile. */
  private laterReclaim(machine: SimMachine, ms: number, run: () => void): void {
    const { course } = machine.reclaim;
    this.time.after(ms, () => {
      if (machine.reclaim.course === course && isAlive(machine)) run();
    });
  }

  act(verb: 'start' | 'stop' | 'restart' | 'migrate' | 'delete', id: string): NovitaAnswer {
    const machine = this.machines.get(id);
    if (!machine || this.isForgotten(machine)) return this.missing();
    if (verb === 'delete') return this.remove(machine, 'us');
    if (!isAlive(machine)) return refused(400, 'CONFLICT', 'invalid state change');
    if (this.weather.strikes('acknowledged-in-vain', verb === 'restart' ? VAIN_RESTARTS : 1)) return done({});
    const { random } = this;
    if (verb === 'migrate') return this.migrate(machine);
    if (verb === 'start') {
      if (machine.status !== 'exited') return refused(400, 'CONFLICT', 'invalid state change');
      if (this.weather.strikes('start-refused')) return refused(400, 'INSUFFICIENT_RESOURCE');
      if (!this.offers.some((offer) => offer.clusterId === machine.clusterId && offer.stock > 0)) {
        return refused(400, 'INSUFFICIENT_RESOURCE');
      }
      machine.course += 1;
      machine.statusError = null;
      this.endReclaim(machine);
      machine.spotStatus = machine.billingMode === 'spot' ? 'running' : '';
      this.enter(machine, 'toStart');
      this.later(machine, random.between(500, 5_000), () => {
        this.enter(machine, 'starting');
        this.later(machine, random.between(1_000, 15_000), () => this.run(machine));
      });
    } else {
      if (machine.status !== 'running') return refused(400, 'CONFLICT', 'invalid state change');
      machine.course += 1;
      if (verb === 'stop') this.endReclaim(machine);
      this.enter(machine, verb === 'stop' ? 'toStop' : 'toRestart');
      this.later(machine, random.between(500, 15_000), () =>
        verb === 'stop' ? this.enter(machine, 'exited') : this.run(machine),
      );
    }
    return done({});
  }

  private migrate(machine: SimMachine): NovitaAnswer {
    const isTaken = machine.spotStatus === 'notified' || machine.spotStatus === 'reclaiming';
    if ((machine.status !== 'exited' && machine.status !== 'running') || isTaken) {
      return refused(400, 'CONFLICT', 'invalid state change');
    }
    if (!this.offers.some((offer) => offer.clusterId === machine.clusterId && offer.stock > 0)) {
      return refused(400, 'MIGRATE_INSUFFICIENT_RESOURCE');
    }
    machine.course += 1;
    machine.statusError = null;
    this.endReclaim(machine);
    machine.spotStatus = machine.billingMode === 'spot' ? 'running' : '';
    this.move(machine);
    return done({});
  }

  /** Other ports, or a larger disk, in effect a moment later and without a restart. */
  edit(body: Record<string, unknown>): NovitaAnswer {
    const machine = this.machines.get(String(body.instanceId));
    if (!machine || this.isForgotten(machine)) return this.missing();
    if (machine.status !== 'running' && machine.status !== 'exited') {
      return refused(400, 'CONFLICT', 'invalid state change');
    }
    if (this.weather.strikes('acknowledged-in-vain')) return done({});
    machine.edits += 1;
    this.time.after(this.updates.between(0, 40_000), () => {
      if (!isAlive(machine)) return;
      machine.rootfsSize += Number(body.expandRootDisk ?? 0);
      const ports = body.ports as { port: number; type: 'http' | 'tcp' }[] | undefined;
      if (ports) machine.ports = ports.map(({ port, type }) => ({ port, protocol: type }));
      this.onChange(machine, 'edited');
    });
    return done({});
  }

  /** A new container on the same machine. An image whose name says so cannot be pulled. */
  upgrade(body: Record<string, unknown>): NovitaAnswer {
    const machine = this.machines.get(String(body.instanceId));
    if (!machine || this.isForgotten(machine)) return this.missing();
    const image = String(body.imageUrl);
    if (image.startsWith('missing/')) return refused(400, 'IMAGE_NOT_FOUND');
    if (!['running', 'exited'].includes(machine.status)) return refused(400, 'CONFLICT', 'invalid state change');
    if (this.weather.strikes('acknowledged-in-vain')) return done({});
    machine.course += 1;
    machine.upgrades += 1;
    machine.statusError = null;
    machine.image = image;
    machine.command = typeof body.command === 'string' ? body.command : '';
    machine.envs = (body.envs ?? []) as SimMachine['envs'];
    if (machine.status === 'exited') this.endReclaim(machine);
    if (machine.billingMode === 'spot' && machine.spotStatus === '') machine.spotStatus = 'running';
    this.enter(machine, 'toReset');
    this.later(machine, this.updates.between(500, 10_000), () => {
      this.enter(machine, 'pulling');
      this.later(machine, this.pace * this.updates.logUniform(2_000, 60_000), () => {
        if (!image.startsWith('broken/')) return this.run(machine);
        machine.statusError = { state: 'PullImageFailed', message: 'manifest unknown' };
        this.enter(machine, 'exited');
      });
    });
    return done({});
  }

  /** A young machine may not be found by its id yet: for a while, or by this one request. */
  isNotKnownYet(machine: SimMachine): boolean {
    const { now } = this.time;
    const isYoung = isAlive(machine) && machine.status !== 'toRemove' && now - machine.bornAt < 60_000;
    return isYoung && (now < machine.knownAt || this.weather.strikes('unknown-while-young') !== null);
  }

  private remove(machine: SimMachine, by: 'us' | 'person'): NovitaAnswer {
    if (!isAlive(machine)) return done({});
    if (by === 'us' && this.isNotKnownYet(machine)) return this.missing();
    if (by === 'us' && this.weather.strikes('acknowledged-in-vain')) return done({});
    machine.course += 1;
    if (machine.removedBy === null) machine.removedBy = by;
    this.endReclaim(machine);
    this.enter(machine, 'toRemove');
    this.later(machine, this.random.between(500, 6_000), () => this.bury(machine));
    return done({});
  }

  private bury(machine: SimMachine): void {
    this.enter(machine, 'removed');
    machine.removedAt = this.time.now;
    const offer = this.offers.find((one) => one.clusterId === machine.clusterId);
    if (offer) offer.stock += 1;
    this.onChange(machine, 'gone');
  }

  /** What a person does in Novita's console. */
  person(did: 'deletes' | 'stops' | 'renames' | 'copies', machine: SimMachine): void {
    if (!isAlive(machine)) return;
    this.onChange(machine, `person ${did}`);
    if (did === 'deletes') this.remove(machine, 'person');
    if (did === 'renames') machine.name = `renamed by somebody ${machine.id}`;
    if (did === 'copies') this.addForeign(`copy of ${machine.id}`, machine.envs);
    if (did === 'stops' && machine.status === 'running') {
      machine.course += 1;
      this.endReclaim(machine);
      this.enter(machine, 'exited');
    }
  }

  /** Sets what the catalogue does not show, or what it shows. */
  restock(offer: SimOffer, changes: Partial<Pick<SimOffer, 'stock' | 'soldOut'>>): void {
    Object.assign(offer, changes, { stockedAt: this.time.now });
  }

  offerOf({ productId, clusterId }: SimMachine): SimOffer | undefined {
    return this.offers.find((offer) => offer.productId === productId && offer.clusterId === clusterId);
  }

  missing(): NovitaAnswer {
    return unknownMachine(this.random.next());
  }

  isForgotten({ removedAt }: SimMachine): boolean {
    return removedAt !== null && this.time.now - removedAt > REMOVED_LISTED_MS;
  }

  *alive(): Generator<SimMachine> {
    for (const machine of this.current) if (isAlive(machine)) yield machine;
  }

  /** What a list would show now. */
  listed(): SimMachine[] {
    const shown: SimMachine[] = [];
    for (const machine of this.current) {
      if (this.isForgotten(machine)) this.current.delete(machine);
      else if (machine.visibleAt <= this.time.now) shown.push(machine);
    }
    return shown;
  }

  /** Does something later, unless the machine was redirected meanwhile. */
  private later(machine: SimMachine, ms: number, run: () => void): void {
    const { course } = machine;
    this.time.after(ms, () => {
      if (machine.course === course) run();
    });
  }

  private enter(machine: SimMachine, status: string): void {
    enter(machine, status, this.time.now);
    this.onChange(machine, status);
  }
}
