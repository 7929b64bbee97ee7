import type { Action } from '../../src/novita-instances/domain/instance-phase.js';
import { BLANK_SPEC, type InstanceSpec } from '../../src/novita-instances/domain/instance-spec.js';
import { newInstance, wish } from '../../src/novita-instances/domain/wishes.js';
import { Ids } from '../../src/time/ids.js';
import { SeededRandom } from './seeded-random.js';
import type { SimWorld } from './sim-world.js';

/** What a caller was promised. */
export interface Promise_ {
  key: string;
  instanceId: string;
  at: number;
  deleteAckedAt: number | null;
}

const IMPATIENCE_MS = 3_000;

/** Those who use the API: they ask, ask again when they hear nothing, and believe only what was answered. */
export class Callers {
  /** By idempotency key. */
  readonly promises = new Map<string, Promise_>();
  private readonly random: SeededRandom;
  private made = 0;

  constructor(private readonly world: SimWorld) {
    this.random = new SeededRandom(world.seed, 7);
  }

  /** Plans the wishes of the whole run, all of them made within the time given. */
  plan(wishes: number, forMs: number, bornWithinMs: number): void {
    const { random, world } = this;
    for (let index = 0; index < wishes; index++) {
      const key = `wish-${++this.made}`;
      const bornMs = random.between(0, bornWithinMs);
      const spec = aSpec(random, world.probeSeconds);
      world.time.after(bornMs, () => void this.create(key, spec));
      if (random.chance(0.3)) world.time.after(bornMs + random.between(0, 60_000), () => void this.create(key, spec));
      const verbs = random.integer(0, 4);
      for (let verb = 0; verb < verbs; verb++) {
        const at = bornMs + random.logUniform(200, forMs);
        const action = random.pick(['stop', 'start', 'stop', 'start', 'restart', 'restart', 'delete'] as const);
        world.time.after(at, () => void this.ask(key, action));
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
      const ids = new Ids(replica.clock, this.random.next);
      const instance = newInstance(`ins_${ids.ulid()}`, `name-of-${key}`, spec, replica.clock.now());
      const event = { type: 'instance.created' as const, data: { name: instance.name, generation: 1 } };
      const early = await replica.store.findByKey(claim);
      const result =
        early ?? (await replica.store.create(instance, [event], claim, { actor: 'caller', requestId: null }));
      if (result.kind === 'created' || result.kind === 'replayed') {
        if (result.kind === 'replayed') world.count('create replayed');
        const { id } = result.facts.instance;
        const known = this.promises.get(key);
        if (known && known.instanceId !== id) world.violate('I5', `${key} is ${known.instanceId} and ${id}`);
        if (!known) this.promises.set(key, { key, instanceId: id, at: world.time.now, deleteAckedAt: null });
      }
    } catch {
      this.again(() => this.create(key, spec));
    }
  }

  /** As the API does: the wish is put on the newest facts until nobody else writes in between. */
  async ask(key: string, action: Action): Promise<void> {
    const { world } = this;
    const promised = this.promises.get(key);
    const replica = world.someReplica();
    if (!promised || !replica) {
      if (action === 'delete') this.again(() => this.ask(key, action));
      return;
    }
    try {
      for (let tries = 0; tries < 8; tries++) {
        const facts = await replica.store.load(promised.instanceId);
        if (!facts) return;
        const wished = wish(facts, action, replica.clock.now());
        const isDone =
          wished.kind === 'unchanged' ||
          (wished.kind === 'changed' &&
            (await replica.store.commit({
              before: facts.instance,
              after: wished.instance,
              condemned: wished.condemned,
              events: [{ type: `instance.${action}_requested`, data: { generation: wished.instance.generation } }],
              actor: 'caller',
              nudge: true,
            })));
        if (isDone) {
          world.trace(`caller ${action} ${promised.instanceId} ${wished.kind}`);
          if (action === 'delete') promised.deleteAckedAt ??= world.time.now;
          return;
        }
        if (wished.kind === 'refused') return;
        world.count('version conflict of callers');
      }
    } catch {
      if (action === 'delete') this.again(() => this.ask(key, action));
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
