import { writeKey, SECRET_BYTES, type ApiKey } from '../../../src/access/api-key.js';
import { DomainError } from '../../../src/errors/domain-error.js';
import { BY_OPERATOR } from '../../../src/vocabulary/principal.js';
import type { Replica } from '../replica.js';
import { SeededRandom } from '../seeded-random.js';
import { SideConnection } from '../side-connection.js';
import type { SimWorld } from '../sim-world.js';
import type { Weather } from '../weather.js';
import { MemoryKeys } from './memory-keys.js';
import { ReplicaKeys } from './replica-keys.js';

/** How often somebody tries a key that was revoked, and for how long. */
const TRIES = 12;
const TRIES_FOR_MS = 180_000;

/** A request was refused for its key, or no replica could say whether the key is right. */
class NotAdmitted extends Error {}

interface Held {
  id: string;
  text: string;
  stored: ApiKey;
}

/** The API keys of callers, and their revocations. All chance here is drawn apart from that of the rest of the world. */
export class SimKeys {
  readonly store: MemoryKeys;
  private readonly random: SeededRandom;
  private readonly weather: Weather;
  private readonly replicas = new WeakMap<Replica, ReplicaKeys>();
  /** By project. */
  private readonly held = new Map<string, Held>();
  private made = 0;
  private awayUntil = 0;

  constructor(
    private readonly world: SimWorld,
    forMs: number,
  ) {
    this.random = new SeededRandom(world.seed, 15);
    const { random } = this;
    this.weather = world.weather.aside('keys', {
      'store-refuses': random.logUniform(0.001, 0.1),
      'store-slow': random.logUniform(0.005, 0.3),
      'store-answers-late': random.logUniform(0.005, 0.3),
    });
    this.store = new MemoryKeys(() => world.time.now);
    for (let revocations = random.integer(1, 5); revocations > 0; revocations--) {
      const at = random.between(0, forMs);
      const which = random.next();
      world.time.after(at, () => void this.revokeOne(which), random);
    }
  }

  /** A caller of this project sends a request with its key. @throws NotAdmitted */
  async admit(replica: Replica, projectId: string): Promise<void> {
    const held = this.held.get(projectId) ?? this.give(projectId);
    await this.present(replica, held);
  }

  /** The database is an older copy now. Keys that it has forgotten are made again. */
  rolledBack(): void {
    for (const { stored } of this.held.values()) this.store.add(stored);
  }

  private give(projectId: string): Held {
    const { random, store, world } = this;
    const id = `key_${String(++this.made).padStart(26, '0')}`;
    const { key: text, secretHash } = writeKey(id, Buffer.alloc(SECRET_BYTES, random.integer(0, 255)));
    const stored: ApiKey = {
      id,
      name: id,
      projectId,
      scopes: ['instances:write'],
      secretHash,
      previous: null,
      createdAt: new Date(world.time.now),
      expiresAt: null,
      revokedAt: null,
      lastUsedAt: null,
    };
    store.add(stored);
    const held = { id, text, stored };
    this.held.set(projectId, held);
    return held;
  }

  private async present(replica: Replica, { id, text }: Held): Promise<void> {
    const { store, world } = this;
    const keys = this.of(replica);
    try {
      await keys.authenticator.identityOf(`Bearer ${text}`);
    } catch (error) {
      const code = error instanceof DomainError ? error.code : 'unknown';
      world.count(code === 'API_KEY_REVOKED' ? 'revoked key refused' : `key refused: ${code}`);
      throw new NotAdmitted();
    }
    const revokedAt = store.revokedAtMs(id);
    if (revokedAt !== null) world.count('revoked key taken for a moment');
    world.judge.keyTaken({ keyId: id, revokedAt, isTroubled: keys.isTroubled });
  }

  /** Somebody revokes a key. Often the database goes away then, and others try the key nevertheless. */
  private async revokeOne(which: number): Promise<void> {
    const { random, world } = this;
    const projects = [...this.held.keys()];
    const projectId = projects[Math.floor(which * projects.length)];
    const held = projectId === undefined ? undefined : this.held.get(projectId);
    const replica = world.allReplicas().find(({ isUp }) => isUp);
    if (projectId === undefined || !held || !replica) return;
    // such a caller has used it before
    for (const one of world.allReplicas()) if (one.isUp) this.present(one, held).catch(() => undefined);
    const isAway = random.chance(0.4);
    const awayForMs = random.logUniform(3_000, 150_000);
    const renewedInMs = random.logUniform(100, 60_000);
    const tries = Array.from({ length: TRIES }, () => ({
      inMs: random.logUniform(50, TRIES_FOR_MS),
      slot: random.integer(0, 2),
    }));
    try {
      await this.of(replica).commands.revoke(held.id, { within: null, cause: BY_OPERATOR });
    } catch {
      world.time.after(1_000, () => void this.revokeOne(which), random);
      return;
    }
    world.count('key revoked');
    world.trace(`${held.id} is revoked`);
    if (isAway && !this.weather.over) this.awayUntil = world.time.now + awayForMs;
    world.time.after(renewedInMs, () => this.give(projectId), random);
    for (const { inMs, slot } of tries) {
      world.time.after(
        inMs,
        () => {
          const other = world.anyReplica(slot);
          if (other?.isUp) this.present(other, held).catch(() => undefined);
        },
        random,
      );
    }
  }

  private of(replica: Replica): ReplicaKeys {
    const known = this.replicas.get(replica);
    if (known) return known;
    const { random, store, weather, world } = this;
    const isAway = (): boolean => world.isAway('database-away') || (!weather.over && world.time.now < this.awayUntil);
    const connection = new SideConnection(world, replica, weather, random, undefined, isAway);
    const { clock } = replica;
    const made = new ReplicaKeys({ store, connection, clock, random, nowMs: () => world.time.now });
    this.replicas.set(replica, made);
    return made;
  }
}
