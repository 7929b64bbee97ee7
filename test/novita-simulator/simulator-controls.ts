import { randomInt } from 'node:crypto';
import { ACCOUNT_PREFIX, API_PREFIX } from './api-server.js';
import { NOVITA_BOOT_TIMES, type BootTimes } from './boot-times.js';
import { CLUSTERS, CPU_PRODUCTS, PRODUCTS, REGISTRY_AUTHS, TEMPLATES, type Catalogue } from './catalogue.js';
import { readCreateBody } from './create-body.js';
import { Faults } from './faults.js';
import { Fleet, type FleetSetting } from './fleet.js';
import type { Holdings } from './holdings.js';
import { JobBook } from './jobs.js';
import { Journal } from './journal.js';
import { ledgerEntry, type LedgerEntry } from './ledger.js';
import type { Machine, Status } from './machine.js';
import type { NetworkStorage } from './network-storage.js';
import { NewIds } from './new-ids.js';
import { OPERATIONS } from './operations/operations.js';
import { isOnNode } from './prewarm.js';
import { Reclaims, type ReclaimStep } from './reclaims.js';
import { RequestLog, type LoggedRequest, type RequestKind } from './request-log.js';
import { SeededRandom } from './seeded-random.js';
import { WALL_CLOCK, type SimulatorClock } from './simulator-clock.js';
import { StateFile } from './state-file.js';
import { Stock } from './stock.js';
import { DEFAULT_SWITCHES, type Switches } from './switches.js';
import type { Workload } from './workload.js';
import { RICH_ACCOUNT, type Account } from './world.js';

export interface SimulatorOptions extends Partial<Catalogue> {
  /** 0: a free port. */
  port?: number;
  host?: string;
  /** The only accepted key. Without it, every non-empty key is accepted. */
  apiKey?: string;
  /** auto (default): phases end by timers. explicit: only {@link SimulatorControls.advance} ends them. */
  mode?: 'auto' | 'explicit';
  /** 20: everything takes a twentieth of its time. Billing uses real seconds. */
  timeFactor?: number;
  /** The same seed gives the same ids and boot times. */
  seed?: number;
  switches?: Partial<Switches>;
  /** Range of real seconds for each phase, before the time factor. */
  bootTimes?: Partial<BootTimes>;
  account?: Partial<Account>;
  /** Machines and stock are stored here, for a restart. */
  stateFile?: string;
  /** What really happens is appended here, one line each: see {@link Journal}. */
  journalFile?: string;
  clock?: SimulatorClock;
  /** Network volumes at the start. */
  storages?: NetworkStorage[];
}

const MINUTE_MS = 60_000;

/** What a test can read and change in the simulator, in process. {@link ControlServer} offers the same over HTTP. */
export class SimulatorControls {
  readonly faults: Faults;
  readonly account: Account;
  /** May be changed while it runs. */
  readonly switches: Switches;
  readonly stock: Stock;
  /** Violations of the contract so far. */
  readonly contractViolations: string[] = [];
  /** The address of the simulator: `http://127.0.0.1:PORT`. */
  url = '';

  protected readonly log = new RequestLog();
  protected readonly fleet: Fleet;
  readonly jobs: JobBook;
  readonly holdings: Holdings;
  protected readonly ids: NewIds;
  protected readonly openedAt: number;
  private readonly reclaims: Reclaims;
  readonly catalogue: Catalogue;
  protected readonly clock: SimulatorClock;
  protected readonly state: StateFile;
  protected readonly journal: Journal;

  constructor(protected readonly options: SimulatorOptions) {
    this.clock = options.clock ?? WALL_CLOCK;
    this.journal = new Journal(options.journalFile);
    const seed = options.seed ?? randomInt(2 ** 31);
    this.faults = new Faults(
      OPERATIONS.map(({ id }) => id),
      // a separate random stream, so that faults do not change ids and boot times
      new SeededRandom(seed ^ 0x5eed),
    );
    this.switches = { ...DEFAULT_SWITCHES, ...options.switches };
    this.account = { ...RICH_ACCOUNT, ...options.account };
    this.catalogue = {
      products: [...(options.products ?? PRODUCTS)],
      cpuProducts: options.cpuProducts ?? CPU_PRODUCTS,
      clusters: options.clusters ?? CLUSTERS,
      templates: [...(options.templates ?? TEMPLATES)],
      registryAuths: [...(options.registryAuths ?? REGISTRY_AUTHS)],
    };
    this.stock = new Stock(this.catalogue.products);
    this.holdings = { storages: [...(options.storages ?? [])], prewarms: [] };
    const times = options.bootTimes ?? {};
    this.jobs = new JobBook(this.clock, new SeededRandom(seed ^ 0x10b));
    this.ids = new NewIds(new SeededRandom(seed ^ 0x1d5));
    this.openedAt = this.clock.now();
    this.state = new StateFile(options.stateFile, this);
    const setting: FleetSetting = {
      mode: options.mode ?? 'auto',
      timeFactor: options.timeFactor ?? 1,
      bootTimes: {
        ...NOVITA_BOOT_TIMES,
        ...(times.pulling === undefined ? {} : { pullingLarge: times.pulling }),
        ...times,
      },
      switches: this.switches,
      clock: this.clock,
      random: new SeededRandom(seed),
      stock: this.stock,
      journal: this.journal,
      jobs: this.jobs,
      isPrewarmed: (machine) => isOnNode(this.holdings.prewarms, machine, this.clock.now()),
      workloadHost: options.host ?? '127.0.0.1',
      changed: () => {
        this.state.saveSoon(this.fleet);
      },
    };
    this.fleet = new Fleet(setting);
    this.reclaims = new Reclaims(this.fleet, setting);
  }

  /** The value for NOVITA_API_BASE_URL: the URL before `/v1`. */
  get baseUrl(): string {
    return this.url + API_PREFIX.replace(/\/v1$/, '');
  }

  /** Where metrics, balance and bills are: the URL before `/metrics` and `/billing`. */
  get accountUrl(): string {
    return this.url + ACCOUNT_PREFIX;
  }

  /** The cost so far of every machine that was ever bought, oldest first. */
  ledger(): LedgerEntry[] {
    return this.machines().map((machine) => ledgerEntry(machine, this.clock.now()));
  }

  /** Every machine that ever existed, oldest first, in its real state. */
  machines(): Machine[] {
    return [...this.fleet.machines.values()];
  }

  /** Throws when there never was a machine with this id. */
  machine(machineId: string): Machine {
    const machine = this.fleet.machines.get(machineId);
    if (machine === undefined) throw new Error(`the simulator has no machine ${machineId}`);
    return machine;
  }

  requests(): readonly LoggedRequest[] {
    return this.log.entries;
  }

  /** The number of requests of an operation (`listInstances`), or of all. */
  count(operation?: string): number {
    return this.log.count(operation);
  }

  countByOperation(): Record<string, number> {
    return this.log.countByOperation();
  }

  /** Requests in the last minute (or the last `windowMs`). */
  requestsInWindow(kind?: RequestKind, windowMs = MINUTE_MS): number {
    return this.log.recent(this.clock.now(), windowMs, kind);
  }

  /** The most requests in any minute (or any `windowMs`). */
  peakRequests(kind?: RequestKind, windowMs = MINUTE_MS): number {
    return this.log.peak(windowMs, kind);
  }

  /**
   * Ends the machine's current phase, or ends phases until it has this status. `answering`: running with its workload up. `gone`: removed
   * and no longer known to the API.
   */
  async advance(machineId: string, to?: Status | 'answering' | 'gone'): Promise<void> {
    await this.fleet.advance(this.machine(machineId), to);
  }

  /** Waits for work that a timer or a request started and that no request waits for. */
  settled(): Promise<void> {
    return this.fleet.timers.settled();
  }

  /** Reclaims a spot machine: {@link ReclaimStep}. */
  reclaim(machineId: string, step: ReclaimStep): void {
    this.reclaims.take(this.machine(machineId), step);
  }

  /** A fault of the node on which the machine runs. */
  breakNode(machineId: string): void {
    this.fleet.breakNode(this.machine(machineId));
  }

  /** Uses up the budget of the member: nothing more can be made, and the switch decides about what runs. */
  useUpBudget(): void {
    this.account.memberBudgetUsd = 0;
    this.fleet.endByBudget();
  }

  /** Renames the machine, as in the console. */
  rename(machineId: string, name: string): void {
    this.machine(machineId).name = name;
  }

  /** Deletes the machine, as in the console: it is removed and gone at once. */
  removeByHand(machineId: string): void {
    const machine = this.machine(machineId);
    this.fleet.moveTo(machine, 'removed');
    machine.goneAt = this.clock.now();
  }

  /** Sets the free GPUs of a product in a cluster, or in all that have it. */
  setStock(productId: string, clusterId: string | undefined, gpus: number): void {
    this.stock.set(productId, clusterId, gpus);
  }

  /** Sets the price of a product from now on, in 1/100000 USD per GPU and hour, on demand and as spot. */
  setPrice(productId: string, price: number, spotPrice: number): void {
    const { products } = this.catalogue;
    const index = products.findIndex(({ id }) => id === productId);
    const product = products[index];
    if (!product) throw new Error(`no product ${productId}`);
    products[index] = { ...product, price, spotPrice };
  }

  /** Makes a machine fail now (`oom` while it runs), or the next created one at the end of its pull. */
  failBoot(target: string, failure: { state: string; message: string }): void {
    if (target === 'nextCreate') this.fleet.nextBootFailure = failure;
    else this.fleet.failBoot(this.machine(target), failure);
  }

  /** A running machine that was not created through the API. Fields as in a create body. */
  async addForeignMachine(name: string, body: Record<string, unknown> = {}): Promise<Machine> {
    const defaults = {
      productId: this.catalogue.products[0]?.id,
      gpuNum: 1,
      rootfsSize: 60,
      imageUrl: 'somebody/else:1',
      kind: 'gpu',
    };
    const machine = this.fleet.create(
      readCreateBody({ ...defaults, name, ...body }, this, () => null),
      true,
    );
    await this.fleet.advance(machine, 'answering');
    return machine;
  }

  /** How busy the machine is from now on, in percent. The CPU's is a share of all its vCPUs. */
  setUsage(machineId: string, usage: Partial<Machine['usage']>): void {
    Object.assign(this.machine(machineId).usage, usage);
  }

  /** The workload of a machine. Throws when the machine does not run. */
  workload(machineId: string): Workload {
    const workload = this.fleet.workloads.get(machineId);
    if (workload === undefined)
      throw new Error(`machine ${machineId} is ${this.machine(machineId).status} and has no workload`);
    return workload;
  }
}
