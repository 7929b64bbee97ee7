import type { Limits } from '../../src/vocabulary/limits.js';
import type { Policy } from '../../src/novita-instances/domain/policy.js';
import type { KeepFor } from '../../src/retention/expiry.js';
import { Callers } from './callers.js';
import { Judge } from './laws/judge.js';
import type { Change } from '../../src/novita-instances/store/instance-store.js';
import type { ObservedMachine } from '../../src/machines/store/machine-store.js';
import type { KeysSnapshot } from './keys/memory-keys.js';
import { SimKeys } from './keys/sim-keys.js';
import { memoryCoreStore, type MemoryCoreStore } from './memory-core-store.js';
import { MemoryDatabase } from './memory-database.js';
import type { TablesSnapshot } from './memory-tables.js';
import { MemoryTimetable, type TimetableSnapshot } from './memory-timetable.js';
import type { NovitaAnswer } from './novita-answer.js';
import { Operator } from './operator.js';
import { RememberingTagger } from './remembering-tagger.js';
import { Replica } from './replica.js';
import { SimClocks } from './sim-clocks.js';
import { SeededRandom } from './seeded-random.js';
import { SimJobs } from './sim-jobs.js';
import { SimNovita } from './sim-novita.js';
import { Spells } from './spells.js';
import { VirtualTime } from './virtual-time.js';
import { hash, type Spell, type Weather } from './weather.js';
import type { WebhooksSnapshot } from './webhooks/memory-webhooks.js';
import { SimWebhooks } from './webhooks/sim-webhooks.js';

export type RunsShowBy = 'start-time' | 'address' | 'nothing';

export interface WorldOptions {
  seed: number;
  weather: Weather;
  replicas: number;
  /** The most by which the clocks of replicas differ. */
  skewMs: number;
  /** A jump of the database's clock, and how long it lasts. */
  clockJump?: { byMs: number; forMs: number } | null;
  pageSize: number;
  pagesFromOne: boolean;
  /** Whether each page of a list is cut from another order of the machines. */
  listsUnordered?: boolean;
  /** What Novita shows of a new run of a machine. */
  runsShowBy?: RunsShowBy;
  quietTickMs: number;
  probeSeconds: number;
  /** Factor for the time that a machine takes to boot. */
  pace?: number;
  /** By how many milliseconds a late request is carried out late. */
  lateMs?: (random: SeededRandom) => number;
  policy?: Partial<Policy>;
  /** What retention keeps, and for how long. Absent: everything, for ever. */
  keep?: KeepFor | null;
  /** For how long receivers of webhooks may fail. Absent: there are none. */
  webhooksForMs?: number | null;
  /** For how long keys are revoked. Absent: callers have none. */
  keysForMs?: number | null;
  /** Gets the trace, line by line. */
  onTrace?: ((line: string) => void) | undefined;
}

export interface DatabaseSnapshot {
  store: TablesSnapshot;
  timetable: TimetableSnapshot;
  webhooks: WebhooksSnapshot | null;
  keys: KeysSnapshot | null;
}

export interface Violation {
  /** The name of the law that is broken. */
  law: string;
  what: string;
  /** Virtual seconds since the beginning. */
  at: number;
}

const POLICY: Policy = {
  createsEnabled: true,
  drainSeconds: 20,
  maxReplacementsPerHour: 3,
  requestTimeoutSeconds: 30,
  createSettleSeconds: 120,
  capacityTimeoutSeconds: 900,
  outOfStockSeconds: 120,
  provisionTimeoutSeconds: 600,
  startTimeoutSeconds: 300,
  stopTimeoutSeconds: 300,
  readinessTimeoutSeconds: 240,
  reportOnlyUntil: null,
};

/** Everything in one simulation: Novita, the database, the replicas, the callers, and what goes wrong between them. */
export class SimWorld {
  readonly seed: number;
  readonly weather: Weather;
  readonly random: SeededRandom;
  readonly time: VirtualTime;
  readonly novita: SimNovita;
  readonly store: MemoryCoreStore;
  /** By the id of the project. */
  readonly limits: Map<string, Limits>;
  readonly timetable: MemoryTimetable;
  readonly jobs: SimJobs;
  readonly callers: Callers;
  readonly operator: Operator;
  readonly judge: Judge;
  readonly webhooks: SimWebhooks | null;
  readonly keys: SimKeys | null;
  readonly tagger = new RememberingTagger('simworld', 'the secret of the simulated deployment');
  readonly policy: Policy;
  readonly clocks: SimClocks;
  readonly violations: Violation[] = [];
  readonly counts = new Map<string, number>();
  /** Instances that had two machines at once. */
  readonly hadTwoMachines = new Set<string>();
  /** When a list last left out machines and called itself complete. */
  listLiedAt = 0;
  /** Since when nothing goes wrong any more. */
  healedAt: number | null = null;
  lastRollback: { to: number; at: number } | null = null;
  private readonly began: number;
  readonly spells: Spells;
  private readonly replicas: Replica[] = [];
  /** Random numbers for the order of lists alone, so that drawing them changes nothing else. */
  readonly orders: SeededRandom;
  private hashed = 0x811c9dc5;

  constructor(private readonly options: WorldOptions) {
    const { seed, weather } = options;
    this.seed = seed;
    this.weather = weather;
    this.random = new SeededRandom(seed, 1);
    this.orders = new SeededRandom(seed, 4);
    this.time = new VirtualTime(new SeededRandom(seed, 2));
    this.began = this.time.now;
    this.spells = new Spells(this.time);
    this.time.replaceGlobals();
    this.clocks = new SimClocks(this, new SeededRandom(seed, 7));
    this.policy = { ...POLICY, ...options.policy };
    this.novita = new SimNovita(
      this.time,
      new SeededRandom(seed, 3),
      weather,
      options.pace ?? 1,
      new SeededRandom(seed, 22),
    );
    this.jobs = new SimJobs(this);
    const clock = { now: () => new Date(this.time.now), monotonicMs: () => this.time.now };
    const database = new MemoryDatabase((id) => this.jobs.enqueue(id), clock);
    this.limits = database.limits.projects;
    this.store = memoryCoreStore(database, {
      instance: (snapshot) => this.judge.forgotten(snapshot),
      attempt: (instanceId, attempt) => this.judge.forgottenAttempt(instanceId, attempt),
    });
    this.timetable = new MemoryTimetable(clock);
    this.callers = new Callers(this);
    this.operator = new Operator(this);
    this.judge = new Judge(this);
    const { webhooksForMs = null, keysForMs = null } = options;
    this.keys = keysForMs === null ? null : new SimKeys(this, keysForMs);
    this.webhooks = webhooksForMs === null ? null : new SimWebhooks(this, database, webhooksForMs);
    this.novita.onChange = (machine, what) => {
      weather.turn();
      this.trace(`novita ${machine.id} ${what}`);
    };
    this.novita.onTaken = (machine) => this.judge.machineTaken(machine);
    for (let slot = 0; slot < options.replicas; slot++) this.boot(slot, 0);
  }

  /** The most by which a clock differs from virtual time. */
  get skewMs(): number {
    const { skewMs, clockJump } = this.options;
    return skewMs + (clockJump ? SimClocks.aheadMs(clockJump.forMs) : 0);
  }
  lateMs(random: SeededRandom): number {
    return this.options.lateMs?.(random) ?? random.logUniform(8_000, 900_000);
  }
  get pageSize(): number {
    return this.options.pageSize;
  }
  get pagesFromOne(): boolean {
    return this.options.pagesFromOne;
  }
  get listsUnordered(): boolean {
    return this.options.listsUnordered ?? false;
  }
  get runsShowBy(): RunsShowBy {
    return this.options.runsShowBy ?? 'start-time';
  }
  get keep(): KeepFor | null {
    return this.options.keep ?? null;
  }
  get quietTickMs(): number {
    return this.options.quietTickMs;
  }
  get probeSeconds(): number {
    return this.options.probeSeconds;
  }
  get traceHash(): string {
    return (this.hashed >>> 0).toString(16).padStart(8, '0');
  }

  private boot(slot: number, life: number): void {
    const skew = new SeededRandom(this.seed, 50 + slot).between(-1, 1) * this.options.skewMs;
    const replica = new Replica(this, slot, life, Math.round(skew));
    this.replicas[slot] = replica;
    replica.start();
  }

  /** The whole database as it is now. */
  databaseSnapshot(): DatabaseSnapshot {
    const webhooks = this.webhooks?.store.snapshot() ?? null;
    const keys = this.keys?.store.snapshot() ?? null;
    return { store: this.store.snapshot(), timetable: this.timetable.snapshot(), webhooks, keys };
  }

  restoreDatabase({ store, timetable, webhooks, keys }: DatabaseSnapshot): void {
    this.store.restore(store);
    this.timetable.restore(timetable);
    if (keys) this.keys?.store.restore(keys);
    if (webhooks) this.webhooks?.store.restore(webhooks);
  }

  died(replica: Replica): void {
    this.jobs.lost(replica);
    this.time.after(this.random.logUniform(1_000, 60_000), () => {
      if (this.replicas[replica.slot] === replica) this.boot(replica.slot, replica.life + 1);
    });
  }

  slept(replica: Replica): void {
    this.jobs.lost(replica);
  }

  /** A replica with a free slot, or null. */
  someReplica(): Replica | null {
    const free = this.replicas.filter((replica) => replica.hasRoom);
    const [first, ...others] = free;
    return first ? this.random.pick([first, ...others]) : null;
  }

  anyReplica(slot: number): Replica | undefined {
    return this.replicas[slot % this.replicas.length];
  }

  allReplicas(): readonly Replica[] {
    return this.replicas;
  }

  /** Begins a spell of bad weather. */
  spell(spell: Spell, ms: number): void {
    this.trace(`${spell} for ${Math.round(ms / 1000)} s`);
    this.count(`spell ${spell}`);
    this.spells.begin(spell, ms);
    if (spell === 'no-balance') this.novita.hasBalance = false;
    if (spell === 'no-stock') this.restock({ stock: 0 });
    this.time.after(ms, () => this.endSpell(spell));
  }

  private endSpell(spell: Spell): void {
    if (this.isAway(spell)) return;
    if (spell === 'no-balance') this.novita.hasBalance = true;
    if (spell === 'no-stock') this.restock({ stock: 100 });
  }

  private restock(changes: Parameters<SimNovita['restock']>[1]): void {
    for (const offer of this.novita.offers) this.novita.restock(offer, changes);
  }

  isAway(spell: Spell): boolean {
    return this.spells.lasts(spell);
  }

  /** From now on nothing goes wrong. */
  heal(): void {
    this.healedAt ??= this.time.now;
    this.weather.end();
    this.trace('all is well');
    for (const spell of this.spells.endAll()) this.endSpell(spell);
    this.restock({ stock: 100, soldOut: null });
  }

  trace(line: string): void {
    const { time, options } = this;
    this.hashed = Math.imul(this.hashed ^ hash(line), 0x01000193) ^ time.now;
    options.onTrace?.(`${((time.now - this.began) / 1000).toFixed(3).padStart(10)}  ${line}`);
  }

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  violate(law: string, what: string): void {
    const at = (this.time.now - this.began) / 1000;
    this.violations.push({ law, what, at });
    this.trace(`VIOLATED ${law}: ${what}`);
  }

  /** A replica has called a method of a store, and the store has done its work. */
  asked(replica: Replica, name: string, args: unknown[], done: Promise<unknown>): void {
    this.trace(`${replica.name} ${name}`);
    this.judge.afterStore(name);
    this.webhooks?.look();
    if (name === 'recordObservations') this.judge.observed(args[0] as ObservedMachine[]);
    if (name === 'commit') {
      this.weather.turn();
      void done.then(
        (isWritten) => {
          if (isWritten === false) this.count('version conflict');
          else this.judge.committed(args[0] as Change);
        },
        () => undefined,
      );
    }
    if (name === 'condemnByCode') {
      void done.then(
        (isCondemned) => {
          const [machineId, at] = args as [string, Date];
          // a machine that was condemned before is no new decision
          const isNew = this.store.machineNow(machineId)?.condemnedAt?.getTime() === at.getTime();
          if (isCondemned === true && isNew) this.judge.condemned();
        },
        () => undefined,
      );
    }
  }

  /** Novita has done what a request of ours asked for. */
  executed(verb: string, body: Record<string, unknown>, answer: NovitaAnswer): void {
    this.trace(`novita does ${verb} ${answer.status}`);
    this.judge.afterExecution(verb, body, answer);
  }
}
