import type { Verb } from '../../src/novita-instances/domain/commands.js';
import { BLANK_SPEC, type InstanceSpec } from '../../src/novita-instances/domain/instance-spec.js';
import type { CommandContext } from '../../src/novita-instances/commands/instance-commands.js';
import type { IdempotencyClaim } from '../../src/novita-instances/store/instance-store.js';
import { DEFAULT_PROJECT_ID } from '../../src/vocabulary/project.js';
import type { SpecWanted } from '../../src/novita-instances/domain/apply-update.js';
import type { Snapshot } from '../../src/novita-instances/domain/instance.js';
import type { UpdateStrategy } from '../../src/vocabulary/update.js';
import { DomainError } from '../../src/errors/domain-error.js';
import { SeededRandom } from './seeded-random.js';
import type { SimWorld } from './sim-world.js';
import { UNPULLABLE_IMAGE } from './unpullable.js';

/** What a caller was promised. */
export interface Promise_ {
  key: string;
  projectId: string;
  instanceId: string;
  at: number;
  deleteAckedAt: number | null;
}

const VERBS = [
  'stop',
  'start',
  'stop',
  'start',
  'restart',
  'restart',
  'replace',
  'replace',
  'replace',
  'delete',
] as const;
/** What an update asks for. */
const UPDATES = [
  'labels',
  'image',
  'image',
  'disk',
  'image-and-disk',
  'missing-image',
  'missing-image',
  'broken-image',
] as const;
type DrawnUpdate = (typeof UPDATES)[number];
const ON_RECLAIM_DRAWN = ['replace', 'replace', 'wait', 'none', 'none', 'none'] as const;
const ON_START_FAILURE_DRAWN = ['wait', 'migrate', 'migrate', 'migrate', 'replace', 'fail', 'fail', 'fail'] as const;
const UNPULLABLE_SHARE = 0.07;
const IMPATIENCE_MS = 3_000;
export const OTHER_PROJECT_ID = 'prj_01JGFJJZ00N5MQ2YS3B3X8T1RV';

/** Those who use the API: they ask, ask again when they hear nothing, and believe only what was answered. */
export class Callers {
  /** By idempotency key. */
  readonly promises = new Map<string, Promise_>();
  private readonly random: SeededRandom;
  /** Random numbers for projects alone, so that drawing them changes nothing else. */
  private readonly projects: SeededRandom;
  /** Random numbers for what machines will do alone. */
  private readonly choices: SeededRandom;
  /** The same for what is asked about reclaims. */
  private readonly reclaims: SeededRandom;
  /** The same for how long callers wait for capacity, and at which price. */
  private readonly waits: SeededRandom;
  /** The same for what is asked about failures. */
  private readonly failures: SeededRandom;
  /** The same for updates. */
  private readonly updates: SeededRandom;
  private made = 0;
  private orders = 0;

  constructor(private readonly world: SimWorld) {
    this.random = new SeededRandom(world.seed, 7);
    this.projects = new SeededRandom(world.seed, 11);
    this.choices = new SeededRandom(world.seed, 17);
    this.reclaims = new SeededRandom(world.seed, 16);
    this.waits = new SeededRandom(world.seed, 18);
    this.failures = new SeededRandom(world.seed, 20);
    this.updates = new SeededRandom(world.seed, 23);
    if (this.projects.chance(0.15)) {
      world.limits.set(OTHER_PROJECT_ID, {
        maxInstances: this.projects.integer(1, 4),
        maxPricePerHour: this.projects.integer(2, 8) * 20_000,
      });
    }
  }

  /** Plans the creates of the whole run, all of them made within the time given. */
  plan(creates: number, forMs: number, bornWithinMs: number): void {
    const { random, world } = this;
    for (let index = 0; index < creates; index++) {
      const key = `create-${++this.made}`;
      const bornMs = random.between(0, bornWithinMs);
      const onReclaim = this.reclaims.pick(ON_RECLAIM_DRAWN);
      const chosen = {
        ...withChoice(aSpec(random, world.probeSeconds), this.choices),
        onReclaim,
        onStartFailure: this.failures.pick(ON_START_FAILURE_DRAWN),
        onFailure: this.failures.pick(['replace', 'fail', 'fail'] as const),
        ...(this.failures.chance(UNPULLABLE_SHARE) && { image: UNPULLABLE_IMAGE }),
      };
      const spec = withWait(chosen, this.waits);
      const projectId = this.projects.chance(0.5) ? DEFAULT_PROJECT_ID : OTHER_PROJECT_ID;
      world.time.after(bornMs, () => void this.create(key, spec, projectId));
      if (random.chance(0.3)) {
        world.time.after(bornMs + random.between(0, 60_000), () => void this.create(key, spec, projectId));
      }
      if (this.projects.chance(0.3)) {
        const action = this.projects.pick(VERBS);
        world.time.after(bornMs + this.projects.logUniform(1_000, forMs), () => void this.trespass(key, action));
      }
      if (random.chance(0.35)) {
        world.time.after(bornMs + random.logUniform(120_000, forMs), () => void this.ask(key, 'replace'));
      }
      // starts and restarts are few otherwise, and few of them are refused
      if (this.failures.chance(0.6)) {
        const stopMs = bornMs + this.failures.logUniform(120_000, forMs);
        world.time.after(stopMs, () => void this.ask(key, 'stop'));
        world.time.after(stopMs + this.failures.between(60_000, 600_000), () => void this.ask(key, 'start'));
      }
      if (this.failures.chance(0.25)) {
        world.time.after(bornMs + this.failures.logUniform(120_000, forMs), () => void this.ask(key, 'restart'));
      }
      const rounds = this.updates.chance(0.5) ? this.updates.integer(1, 4) : 0;
      for (let round = 0; round < rounds; round++) {
        const at = bornMs + this.updates.logUniform(10_000, forMs);
        const what = this.updates.pick(UPDATES);
        const strategy = this.updates.chance(0.3) ? 'replace' : 'inPlace';
        const order = `${key}-update-${round}`;
        world.time.after(at, () => void this.update(key, what, strategy, order));
        // another mind, while the first one is being carried out
        if (this.updates.chance(0.3)) {
          const next = `${order}-next`;
          world.time.after(at + this.updates.between(0, 20_000), () => void this.update(key, 'image', strategy, next));
        }
        if (this.updates.chance(0.2))
          world.time.after(at + this.updates.between(0, 2_000), () => void this.update(key, what, strategy, order));
      }
      const verbs = random.integer(0, 4);
      for (let verb = 0; verb < verbs; verb++) {
        const at = bornMs + random.logUniform(200, forMs);
        const action = random.pick(VERBS);
        const order = `${key}-verb-${verb}`;
        world.time.after(at, () => void this.ask(key, action, order));
        if (random.chance(0.2))
          world.time.after(at + random.between(0, 2_000), () => void this.ask(key, action, order));
        // two callers who want the opposite at the same time
        if (random.chance(0.15)) {
          world.time.after(at + random.between(0, 50), () => void this.ask(key, action === 'stop' ? 'start' : 'stop'));
        }
      }
      if (random.chance(0.4))
        world.time.after(bornMs + random.logUniform(100, forMs), () => void this.ask(key, 'delete'));
      // a mind that is changed while the machine is being made
      else if (random.chance(0.15))
        world.time.after(bornMs + random.between(2_000, 40_000), () => void this.ask(key, 'delete'));
    }
  }

  async create(key: string, spec: InstanceSpec, projectId = DEFAULT_PROJECT_ID): Promise<void> {
    const { world } = this;
    const replica = world.someReplica();
    if (!replica) {
      this.again(() => this.create(key, spec, projectId));
      return;
    }
    const claim = { caller: projectId, key, fingerprint: key };
    try {
      await world.keys?.admit(replica, projectId);
      const { snapshot, kind } = await replica.core.commands.create(
        { name: `name-of-${key}`, spec },
        by(claim, projectId),
      );
      if (kind === 'replayed') world.count('create replayed');
      const { id, projectId: madeIn } = snapshot.instance;
      const known = this.promises.get(key);
      world.judge.createAnswered({ key, earlierId: known?.instanceId ?? null, instanceId: id, projectId, madeIn });
      if (!known) this.promises.set(key, { key, projectId, instanceId: id, at: world.time.now, deleteAckedAt: null });
    } catch (error) {
      if (error instanceof DomainError && error.code === 'QUOTA_EXCEEDED') world.count('over a limit');
      if (!isRefusal(error)) this.again(() => this.create(key, spec, projectId));
    }
  }

  /** @param order names this command in all of its requests: however often it is sent, it may change the instance once */
  async ask(key: string, action: Verb, order = `${key}-order-${++this.orders}`): Promise<void> {
    const { world } = this;
    const promised = this.promises.get(key);
    const replica = world.someReplica();
    if (!promised || !replica) {
      if (action === 'delete') this.again(() => this.ask(key, action, order));
      return;
    }
    try {
      const { projectId } = promised;
      await world.keys?.admit(replica, projectId);
      const claim = { caller: projectId, key: order, fingerprint: order };
      const { kind } = await replica.core.commands.ask(promised.instanceId, action, by(claim, projectId));
      if (kind === 'replayed') world.count('command replayed');
      if (kind === 'changed') world.judge.commandCarriedOut(order, action);
      world.trace(`caller ${action} ${promised.instanceId} ${kind}`);
      if (action === 'delete') promised.deleteAckedAt ??= world.time.now;
    } catch (error) {
      if (!isRefusal(error)) this.again(() => this.ask(key, action, order));
    }
  }

  /** @param order see {@link ask}; the values that are asked for follow from it */
  async update(key: string, what: DrawnUpdate, strategy: UpdateStrategy, order: string): Promise<void> {
    const { world } = this;
    const promised = this.promises.get(key);
    const replica = world.someReplica();
    if (!promised || !replica) return;
    const { projectId, instanceId } = promised;
    try {
      await world.keys?.admit(replica, projectId);
      const asked: { spec?: InstanceSpec } = {};
      const wanted = ({ instance }: Snapshot): SpecWanted => {
        asked.spec = updatedSpec(instance.spec, what, order);
        return { spec: asked.spec, strategy };
      };
      const claim = { caller: projectId, key: order, fingerprint: order };
      const { kind, snapshot } = await replica.core.commands.update(instanceId, wanted, by(claim, projectId));
      world.count(`update ${what} ${kind}`);
      world.trace(`caller updates ${what} ${strategy} of ${instanceId} ${kind}`);
      if (kind !== 'changed' || !asked.spec) return;
      world.judge.commandCarriedOut(order, 'update');
      const { generation } = snapshot.instance;
      world.judge.updateCarriedOut(instanceId, { generation, spec: asked.spec });
    } catch (error) {
      if (error instanceof DomainError) world.count(`update refused: ${error.code}`);
      if (!isRefusal(error)) this.again(() => this.update(key, what, strategy, order));
    }
  }

  /** A caller of the other project tries the same. */
  private async trespass(key: string, action: Verb): Promise<void> {
    const { world } = this;
    const promised = this.promises.get(key);
    const replica = world.someReplica();
    if (!promised || !replica) return;
    const other = promised.projectId === DEFAULT_PROJECT_ID ? OTHER_PROJECT_ID : DEFAULT_PROJECT_ID;
    try {
      await replica.core.commands.ask(promised.instanceId, action, by(null, other));
      world.judge.foreignCommandTaken(promised.instanceId, action);
    } catch {
      world.count('command of another project refused');
    }
  }

  /** What was promised after that moment is forgotten with the database. */
  forgetAfter(ms: number): void {
    for (const [key, promised] of this.promises) {
      if (promised.at > ms) this.promises.delete(key);
      else if (promised.deleteAckedAt !== null && promised.deleteAckedAt > ms) promised.deleteAckedAt = null;
    }
  }

  private again(run: () => Promise<void>): void {
    this.world.time.after(IMPATIENCE_MS, () => void run());
  }
}

const by = (claim: IdempotencyClaim | null, within: string): CommandContext => ({
  cause: { actor: 'caller', requestId: null },
  within,
  claim,
});

/** The service has answered, and asking again would bring the same answer. */
const isRefusal = (error: unknown): boolean => error instanceof DomainError && error.code !== 'CONCURRENT_CHANGE';

const aSpec = (random: SeededRandom, probeSeconds: number): InstanceSpec => ({
  ...BLANK_SPEC,
  productName: 'RTX 4090 24GB',
  image: 'example/image:1',
  ports: [{ port: 8188, protocol: random.chance(0.8) ? 'http' : 'tcp' }],
  rootfsSizeGb: 60,
  billingMode: random.chance(0.5) ? 'spot' : 'onDemand',
  maxPricePerGpuHour: random.chance(0.3) ? 37_000 : null,
  readiness: { ...BLANK_SPEC.readiness, intervalSeconds: probeSeconds },
  onAmbiguous: random.chance(0.1) ? 'fail' : 'wait',
});

const updatedSpec = (spec: InstanceSpec, what: DrawnUpdate, order: string): InstanceSpec => {
  const grown = (spec.rootfsSizeGb ?? 60) + 10;
  switch (what) {
    case 'labels':
      return { ...spec, labels: { ...spec.labels, round: order } };
    case 'image':
      return { ...spec, image: `example/image:${order}`, command: `serve ${order}` };
    case 'disk':
      return { ...spec, rootfsSizeGb: grown };
    case 'image-and-disk':
      return { ...spec, image: `example/image:${order}`, rootfsSizeGb: grown };
    case 'missing-image':
      return { ...spec, image: `missing/image:${order}` };
    case 'broken-image':
      return { ...spec, image: `broken/image:${order}` };
  }
};

/** Half of the callers name no product, want more GPUs, cap the price of the whole machine, or take spot or else on demand. */
const withChoice = (spec: InstanceSpec, random: SeededRandom): InstanceSpec => {
  const isChoosy = random.chance(0.5);
  const gpuNum = random.pick([1, 1, 2, 8]);
  const isCapped = random.chance(0.4);
  const perGpu = random.between(19_000, 45_000);
  const isAnyGpu = random.chance(0.4);
  const orOnDemand = random.chance(0.7);
  if (!isChoosy) return spec;
  return {
    ...spec,
    gpuNum,
    ...(isCapped && { maxPricePerHour: Math.round(perGpu * gpuNum) }),
    ...(isAnyGpu && { productName: null, gpu: { names: [], minMemoryGb: 24 } }),
    ...(orOnDemand && { billingMode: 'spot' as const, orOnDemand, maxPricePerGpuHour: null }),
  };
};

/** Some callers say how long they wait for a free offer, some wait for a price, and some have a plan. */
const withWait = (spec: InstanceSpec, random: SeededRandom): InstanceSpec => {
  const isSaid = random.chance(0.4);
  const forMinutes = random.pick([0, 5, 10, 20]);
  const priced = random.chance(0.5);
  const pricePerGpu = random.between(17_500, 21_000);
  const isPlanned = random.chance(0.3);
  const plannedPerGpu = random.between(19_000, 45_000);
  // these are few, and a low price would leave them no machine on demand
  if (spec.orOnDemand) return spec;
  return {
    ...spec,
    ...(isSaid && {
      capacityWait: { forMinutes, maxPricePerHour: priced ? Math.round(pricePerGpu * spec.gpuNum) : null },
    }),
    ...(isPlanned && { planId: 'plan_of_the_caller', plannedPricePerHour: Math.round(plannedPerGpu * spec.gpuNum) }),
  };
};
