import type { ThrottlerStorage } from '@nestjs/throttler';
import { CompiledQuery } from 'kysely';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import type { RateLimitConfig } from '../config/config.js';
import type { Database } from '../database/pool.js';
import { underWaitLimit, WaitLimit } from '../database/wait-limit.js';
import { JUMP_MS } from '../time/shared-clock.js';
import { within } from '../time/within.js';
import { BoundedCounts } from './bounded-counts.js';

/** The longest that a request waits for its count in the database. */
const PATIENCE_MS = 500;
/** Longer, so that a slow statement does not lose its connection. */
const SILENCE_MS = 3_000;
/** After a failure the database is not asked for this long, so that not every request waits. */
const REST_MS = 5_000;

type ThrottlerStorageRecord = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/**
 * Counts the requests of each client in the current window, for all replicas together. The counts are in an unlogged table; losing them in
 * a crash does no harm. A client over its limit is refused from memory, without a query. Each replica also counts the latest clients
 * itself, and uses its own counts while the database is slow or away, so that a failing limit does not stop the service.
 */
export class ClientRateLimitStorage implements ThrottlerStorage {
  private readonly shared: RateLimiterPostgres | null;
  private readonly own: BoundedCounts;
  private ownUntilMs = 0;

  constructor(
    private readonly limits: RateLimitConfig,
    database: Database | null,
  ) {
    const { windowMs, maxRequests } = limits;
    this.own = new BoundedCounts(windowMs);
    this.shared =
      database &&
      new RateLimiterPostgres({
        points: maxRequests,
        duration: windowMs / 1000,
        keyPrefix: 'client',
        storeClient: queriesOf(database),
        storeType: 'client',
        tableName: 'rate_limits',
        tableCreated: true,
        clearExpiredByTimeout: true,
        inMemoryBlockOnConsumed: maxRequests,
      });
  }

  /** Times are in whole seconds, rounded up, so that a client that waits as told is served. */
  async increment(key: string, _ttl: number, limit: number): Promise<ThrottlerStorageRecord> {
    const { times, msLeft } = await this.count(key);
    const seconds = Math.max(1, Math.ceil(msLeft / 1000));
    const allowed = times <= limit;
    return {
      totalHits: times,
      timeToExpire: seconds,
      isBlocked: !allowed,
      timeToBlockExpire: allowed ? 0 : seconds,
    };
  }

  private async count(key: string): Promise<{ times: number; msLeft: number }> {
    const own = this.own.count(key);
    const { shared } = this;
    if (shared === null || performance.now() < this.ownUntilMs) return own;
    try {
      return await within(
        PATIENCE_MS,
        underWaitLimit(new WaitLimit(SILENCE_MS), async () => {
          const counted = await this.countIn(shared, key);
          if (counted.msLeft <= this.limits.windowMs + JUMP_MS) return counted;
          // longer than any window: it began before the clock of some replica was set back
          await shared.delete(key);
          return own;
        }),
      );
    } catch {
      this.ownUntilMs = performance.now() + REST_MS;
      return own;
    }
  }

  private async countIn(shared: RateLimiterPostgres, key: string): Promise<{ times: number; msLeft: number }> {
    try {
      const { consumedPoints, msBeforeNext } = await shared.consume(key);
      return { times: consumedPoints, msLeft: msBeforeNext };
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      // a refusal from memory does not increase the count
      const times = Math.max(refusal.consumedPoints, this.limits.maxRequests + 1);
      return { times, msLeft: refusal.msBeforeNext };
    }
  }
}

/** The part of a pg client that the limiter uses, implemented by our database. */
const queriesOf = (database: Database) => ({
  query: ({ text, values }: { text: string; values?: unknown[] }) =>
    database.executeQuery(CompiledQuery.raw(text, values ?? [])),
});
