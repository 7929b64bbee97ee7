import type { Action } from '../../src/novita-instances/domain/instance-phase.js';
import { BLANK_SPEC, type InstanceSpec } from '../../src/novita-instances/domain/instance-spec.js';
import type { CommandContext } from '../../src/novita-instances/commands/instance-commands.js';
import type { IdempotencyClaim } from '../../src/novita-instances/store/instance-store.js';
import { DomainError } from '../../src/errors/domain-error.js';
import { SeededRandom } from './seeded-random.js';
import type { SimWorld } from './sim-world.js';

/** What a caller was promised. */
export interface Promise_ {
  key: string;
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
const IMPATIENCE_MS = 3_000;

/** Those who use the API: they ask, ask again when they hear nothing, and believe only what was answered. */
export class Callers {
  /** By idempotency key. */
  readonly promises = new Map<string, Promise_>();
  private readonly random: SeededRandom;
  private made = 0;
  private orders = 0;

  constructor(private readonly world: SimWorld) {
    this.random = new SeededRandom(world.seed, 7);
  }

  /** Plans the creates of the whole run, all of them made within the time given. */
  plan(creates: number, forMs: number, bornWithinMs: number): void {
    const { random, world } = this;
    for (let index = 0; index < creates; index++) {
      const key = `create-${++this.made}`;
      const bornMs = random.between(0, bornWithinMs);
      const spec = aSpec(random, world.probeSeconds);
      world.time.after(bornMs, () => void this.create(key, spec));
      if (random.chance(0.3)) world.time.after(bornMs + random.between(0, 60_000), () => void this.create(key, spec));
      if (random.chance(0.35)) {
        world.time.after(bornMs + random.logUniform(120_000, forMs), () => void this.ask(key, 'replace'));
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

  async create(key: string, spec: InstanceSpec): Promise<void> {
    const { world } = this;
    const replica = world.someReplica();
    if (!replica) {
      this.again(() => this.create(key, spec));
      return;
    }
    const claim = { caller: 'somebody', key, fingerprint: key };
    try {
      const { snapshot, kind } = await replica.core.commands.create({ name: `name-of-${key}`, spec }, by(claim));
      if (kind === 'replayed') world.count('create replayed');
      const { id } = snapshot.instance;
      const known = this.promises.get(key);
      world.judge.createAnswered(key, known?.instanceId ?? null, id);
      if (!known) this.promises.set(key, { key, instanceId: id, at: world.time.now, deleteAckedAt: null });
    } catch (error) {
      if (!isRefusal(error)) this.again(() => this.create(key, spec));
    }
  }

  /** @param order names this command in all of its requests: however often it is sent, it may change the instance once */
  async ask(key: string, action: Action, order = `${key}-order-${++this.orders}`): Promise<void> {
    const { world } = this;
    const promised = this.promises.get(key);
    const replica = world.someReplica();
    if (!promised || !replica) {
      if (action === 'delete') this.again(() => this.ask(key, action, order));
      return;
    }
    try {
      const claim = { caller: 'somebody', key: order, fingerprint: order };
      const { kind } = await replica.core.commands.ask(promised.instanceId, action, by(claim));
      if (kind === 'replayed') world.count('command replayed');
      if (kind === 'changed') world.judge.commandCarriedOut(order, action);
      world.trace(`caller ${action} ${promised.instanceId} ${kind}`);
      if (action === 'delete') promised.deleteAckedAt ??= world.time.now;
    } catch (error) {
      if (!isRefusal(error)) this.again(() => this.ask(key, action, order));
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

const by = (claim: IdempotencyClaim): CommandContext => ({
  cause: { actor: 'caller', requestId: null },
  within: null,
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
