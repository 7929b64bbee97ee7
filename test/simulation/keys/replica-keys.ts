import { Authenticator } from '../../../src/access/authenticate.js';
import type { ApiKey } from '../../../src/access/api-key.js';
import { KeyCommands } from '../../../src/access/key-commands.js';
import { KnownKeys } from '../../../src/access/known-keys.js';
import type { Clock } from '../../../src/time/clock.js';
import { Ids } from '../../../src/time/ids.js';
import type { SeededRandom } from '../seeded-random.js';
import type { SideConnection } from '../side-connection.js';
import type { MemoryKeys } from './memory-keys.js';

/** An answer that comes later is late. */
const PROMPT_MS = 500;
/** How long what a replica knows may be old after a late answer, or none. */
const TROUBLED_FOR_MS = 5_000;

interface Parts {
  store: MemoryKeys;
  connection: SideConnection;
  clock: Clock;
  random: SeededRandom;
  nowMs: () => number;
}

/** The keys as one replica knows them: the real code on a connection that breaks. */
export class ReplicaKeys {
  readonly authenticator: Authenticator;
  readonly commands: KeyCommands;
  private readonly pending = new Set<{ since: number }>();
  private troubledAt = -Infinity;

  constructor(private readonly parts: Parts) {
    const { store, connection, clock, random, nowMs } = parts;
    const connected = connection.to<MemoryKeys>(store);
    const repository = {
      all: () => this.watched(connected.all()),
      recordUse: (ids: readonly string[], at: Date) => connected.recordUse(ids, at),
    };
    const sleep = (ms: number): Promise<void> => connection.later(ms, () => Promise.resolve());
    const known = new KnownKeys(repository, clock, { warn: () => undefined }, nowMs, sleep);
    this.authenticator = new Authenticator(known, clock, false);
    this.commands = new KeyCommands(connected, known, new Ids(clock, random.next), clock);
  }

  /** Whether the database has not answered, or late, a moment ago. */
  get isTroubled(): boolean {
    const now = this.parts.nowMs();
    return now - this.troubledAt <= TROUBLED_FOR_MS || [...this.pending].some(({ since }) => since < now);
  }

  private async watched(reading: Promise<ApiKey[]>): Promise<ApiKey[]> {
    const { nowMs } = this.parts;
    const read = { since: nowMs() };
    this.pending.add(read);
    let isAnswered = false;
    try {
      const keys = await reading;
      isAnswered = nowMs() - read.since <= PROMPT_MS;
      return keys;
    } finally {
      this.pending.delete(read);
      if (!isAnswered) this.troubledAt = nowMs();
    }
  }
}
