import { setTimeout } from 'node:timers/promises';
import type { Log } from '../logging/log.js';
import { DomainError } from '../errors/domain-error.js';
import { SharedRead } from '../database/shared-read.js';
import type { Clock } from '../time/clock.js';
import type { ApiKey } from './api-key.js';
import type { ApiKeysRepository } from './api-keys.repository.js';

/** The keys are read again when what is known is older. */
const FRESH_MS = 2_000;
/** While the keys are younger, a request uses them and does not wait for the read. Plus one read, a revoked key works for 5 s at most. */
const USED_WHILE_READING_MS = 4_000;
/** How long the keys stay usable while the database is away. A key that is revoked meanwhile works until then. */
const USABLE_MS = 60_000;
/** The longest that a request waits for a read while the keys are usable, */
const PATIENCE_MS = 500;
/** and when they are not: as long as requests wait for any statement. */
const LONG_PATIENCE_MS = 3_000;
const RETRY_AFTER_SECONDS = 2;
/** Unknown keys cause at most one read in this time, however many are sent. */
const RENEWED_EVERY_MS = 100;
/** The last use of a key is known to within this. */
const USE_IS_WRITTEN_EVERY_MS = 60_000;

/**
 * All API keys in the memory of this replica, so that neither a valid nor an invented key costs a statement. Read anew every two seconds
 * while requests come. Keys are few: people and programs have them, not requests.
 */
export class KnownKeys {
  private known: ReadonlyMap<string, ApiKey> | null = null;
  private readAtMs = -Infinity;
  private readonly used = new Set<string>();
  private readonly useWrittenAtMs = new Map<string, number>();
  private reads: SharedRead<void>;
  private forgottenAtMs = -Infinity;
  private renewal: Promise<void> | null = null;
  private renewedAtMs = -Infinity;

  constructor(
    private readonly repository: Pick<ApiKeysRepository, 'all' | 'recordUse'>,
    private readonly clock: Pick<Clock, 'now'>,
    private readonly log: Pick<Log, 'warn'>,
    private readonly nowMs: () => number = () => performance.now(),
    private readonly sleep: (ms: number) => Promise<unknown> = (ms) => setTimeout(ms),
  ) {
    this.reads = this.newReads();
  }

  /** @throws DomainError SERVICE_UNAVAILABLE when the database has not shown them for too long */
  async all(): Promise<ReadonlyMap<string, ApiKey>> {
    const ageMs = this.nowMs() - this.readAtMs;
    if (this.known && ageMs < FRESH_MS) return this.known;
    const isUsable = this.known !== null && ageMs < USABLE_MS;
    const read = this.reads.within(isUsable ? PATIENCE_MS : LONG_PATIENCE_MS);
    if (this.known && ageMs < USED_WHILE_READING_MS) {
      // the next request reads again, and reports the error if it has to wait
      read.catch(() => undefined);
      return this.known;
    }
    try {
      await read;
    } catch (cause) {
      if (!isUsable) throw unknown(cause);
    }
    return this.known ?? Promise.reject(unknown(null));
  }

  /**
   * The keys as they are now, for a key that is not known: by a read that begins after this call. What was known before while the database
   * is away.
   * @throws DomainError SERVICE_UNAVAILABLE when no keys are known
   */
  async renewed(): Promise<ReadonlyMap<string, ApiKey>> {
    this.renewal ??= this.renew();
    await this.renewal;
    return this.known ?? this.all();
  }

  /** Requests that come before the read begins share it. When it fails, what is known stays as usable as it was. */
  private async renew(): Promise<void> {
    await this.sleep(Math.max(0, this.renewedAtMs + RENEWED_EVERY_MS - this.nowMs()));
    this.renewal = null;
    this.renewedAtMs = this.nowMs();
    this.reads = this.newReads();
    await this.reads.within(PATIENCE_MS).catch(() => undefined);
  }

  /** Forgets what is known, after a change by this replica. */
  forget(): void {
    this.forgottenAtMs = this.nowMs();
    this.readAtMs = -Infinity;
    // a read that is under way may not see the change
    this.reads = this.newReads();
  }

  noteUse(id: string): void {
    this.used.add(id);
  }

  private newReads(): SharedRead<void> {
    return new SharedRead(() => this.read(), FRESH_MS, this.nowMs);
  }

  private async read(): Promise<void> {
    const beganMs = this.nowMs();
    const keys = await this.repository.all();
    if (beganMs < this.forgottenAtMs) return;
    this.known = new Map(keys.map((key) => [key.id, key]));
    this.readAtMs = beganMs;
    void this.writeUse(beganMs);
  }

  private async writeUse(nowMs: number): Promise<void> {
    const isDue = (id: string): boolean =>
      nowMs - (this.useWrittenAtMs.get(id) ?? -Infinity) >= USE_IS_WRITTEN_EVERY_MS;
    const ids = [...this.used].filter(isDue);
    if (ids.length === 0) return;
    for (const id of ids) {
      this.used.delete(id);
      this.useWrittenAtMs.set(id, nowMs);
    }
    try {
      await this.repository.recordUse(ids, this.clock.now());
    } catch (err) {
      this.log.warn({ err }, 'the last use of API keys could not be written');
    }
  }
}

const unknown = (cause: unknown): DomainError =>
  new DomainError('SERVICE_UNAVAILABLE', 'The database cannot be reached now.', {
    retryAfterSeconds: RETRY_AFTER_SECONDS,
    cause,
  });
