import { Catalogue } from '../../src/catalogue/catalogue.js';
import { Tagger } from '../../src/machines/domain/tag.js';
import type {
  Cluster,
  CreateMachine,
  CreateOutcome,
  NovitaClient,
  Product,
} from '../../src/novita-api/novita-client.js';
import { newInstance } from '../../src/novita-instances/domain/commands.js';
import type { InstanceSpec } from '../../src/novita-instances/domain/instance-spec.js';
import type { Snapshot } from '../../src/novita-instances/domain/instance.js';
import { composeCore, type Core } from '../../src/novita-instances/workflow/compose-core.js';
import { marketOf, type Market } from '../../src/placement/market.js';
import { UpstreamText } from '../../src/redaction/upstream-text.js';
import { addSeconds, type Clock } from '../../src/time/clock.js';
import { DEFAULT_PROJECT_ID } from '../../src/vocabulary/project.js';
import { memoryCoreStore, type MemoryCoreStore } from '../simulation/memory-core-store.js';
import { MemoryDatabase } from '../simulation/memory-database.js';
import { BY_CALLER, CREATED } from './store-stage.js';
import { aSpec, OPEN, POLICY, T0 } from './snapshot-builder.js';

const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined };
const DRAWN = 0.5;
const CACHE_SECONDS = 60;

/** What Novita has for sale, and how often it was asked. Machines that were bought stay as they were promised. */
export class Shop {
  products: Product[] = [];
  readonly clusters: Cluster[] = [{ clusterId: 'us-1', name: 'US-01' }];
  /** How many creates are accepted still. */
  stock = 0;
  looks = 0;
  readonly orders: CreateMachine[] = [];
  readonly bought: CreateMachine[] = [];

  get client(): NovitaClient {
    const client: Partial<NovitaClient> = {
      listClusters: () => Promise.resolve(this.clusters),
      listProducts: ({ billingMode }) => {
        if (billingMode === 'onDemand') this.looks += 1;
        return Promise.resolve(this.products);
      },
      createMachine: (order) => Promise.resolve(this.create(order)),
      budget: () => Promise.resolve({ available: 100, nextInMs: 0 }),
    };
    return client as NovitaClient;
  }

  private create(order: CreateMachine): CreateOutcome {
    this.orders.push(order);
    if (this.stock < 1) {
      const message = new UpstreamText('no capacity', 100);
      const rejection = { reason: 'INSUFFICIENT_RESOURCE', message, httpStatus: 400, retryAfterSeconds: null };
      return { kind: 'rejected', rejection };
    }
    this.stock -= 1;
    this.bought.push(order);
    return { kind: 'accepted', machineId: `m${this.bought.length}` };
  }
}

interface Replica extends Core {
  market: Market;
}

/** Replicas of the core on one database in memory, before a shop. Time moves only when the test says so. */
export class ShopStage {
  now = T0;
  readonly shop = new Shop();
  readonly store: MemoryCoreStore;
  readonly replicas: Replica[];
  readonly tagger = new Tagger('testtest', 'the secret of the deployment');
  readonly clock: Clock = { now: () => this.now, monotonicMs: () => this.now.getTime() };
  private readonly nudged = new Set<string>();
  private made = 0;

  constructor(replicas: number) {
    const database = new MemoryDatabase((instanceId) => this.nudged.add(instanceId), this.clock);
    database.tables.guard = OPEN;
    this.store = memoryCoreStore(database);
    this.replicas = Array.from({ length: replicas }, () => this.replica());
  }

  private replica(): Replica {
    const { store, clock } = this;
    const novita = this.shop.client;
    const market = marketOf(new Catalogue(novita, clock, CACHE_SECONDS));
    const core = composeCore({
      ...{ store, waits: store, machines: store, guards: store, memory: store },
      ...{ novita, market, clock, tagger: this.tagger, policy: POLICY, log: SILENT },
      prober: { probe: () => Promise.resolve({ ok: false, why: 'nobody answers' }) },
      random: () => DRAWN,
    });
    return { ...core, market };
  }

  /** A stored instance. Nothing was done for it yet. */
  async create(spec: Partial<InstanceSpec> = {}, projectId = DEFAULT_PROJECT_ID): Promise<string> {
    const id = `ins_${String(++this.made).padStart(26, '0')}`;
    const instance = newInstance(id, `one-${this.made}`, aSpec(spec), this.now, projectId);
    await this.store.create(instance, [CREATED], null, BY_CALLER);
    return id;
  }

  snapshot(instanceId: string): Snapshot {
    const snapshot = this.store.snapshotOf(instanceId);
    if (!snapshot) throw new Error(`there is no ${instanceId}`);
    return snapshot;
  }

  status(instanceId: string): string {
    return this.snapshot(instanceId).instance.toldStatus;
  }

  /** Whose machines were bought, in order. */
  get buyers(): string[] {
    return this.shop.bought.map(({ name }) => this.tagger.read(name)?.instanceId ?? '');
  }

  /** What is nudged is reconciled, by the replicas in turn. */
  async reconcile(): Promise<void> {
    for (let at = 0; this.nudged.size > 0; at++) {
      const [id] = this.nudged;
      if (id === undefined) return;
      this.nudged.delete(id);
      await this.replicas[at % this.replicas.length]?.reconciler.reconcile(id, new AbortController().signal);
    }
  }

  /** Time passes, second by second. Every replica does the duties of the deployment, as though each held the lease. */
  async pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      this.now = addSeconds(this.now, 1);
      for (const { capacity, waker } of this.replicas) {
        await waker.tick();
        await capacity.tick();
      }
      await this.reconcile();
    }
  }
}

export const aProduct = (changes: Partial<Product> = {}): Product => ({
  productId: 'p-4090',
  name: 'RTX 4090 24GB',
  regionNames: [],
  billingModes: ['onDemand', 'spot'],
  available: true,
  stock: 'low',
  pricePerGpuHour: { onDemand: 35_000, spot: 18_000 },
  cpuPerGpu: 16,
  memoryGbPerGpu: 62,
  minRootfsGb: null,
  maxRootfsGb: null,
  ...changes,
});

export const SOLD_OUT: Partial<Product> = { available: false, stock: 'none' };
