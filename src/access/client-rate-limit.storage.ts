import type { ThrottlerStorage } from '@nestjs/throttler';
import { CompiledQuery } from 'kysely';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import type { RateLimitConfig } from '../config/config.js';
import type { Database } from '../database/pool.js';
import { underWaitLimit, WaitLimit } from '../database/wait-limit.js';
import { JUMP_MS } from '../time/shared-clock.js';
import { within } from '../time/within.js';
import { BoundedCounts } from './bounded-counts.js';

/** A count is a courtesy: requests do not wait for it any longer. */
const PATIENCE_MS = 500;
/** Longer: a statement that is only slow must not cost its connection. */
const SILENCE_MS = 3_000;
/** After a failure the database is left alone for so long, so that not each request waits. */
const REST_MS = 5_000;

type ThrottlerStorageRecord = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/**
 * How many requests each client has made in the current window, over all replicas. The count is kept in an unlogged
 * table (a crash forgets it, which harms nobody). A client that is over its limit is held off from memory and costs no
 * query. Each replica counts for itself too (the latest clients only), and goes by that while the database cannot be asked or
 * takes long, since a limit that fails must not take the service down with it.
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

  /** Times are in whole seconds, rounded up: a client that waits as long as it is told is served. */
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
          // no window is that long: it began before some replica's clock was put back
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
      // one that is held off from memory is not counted
      const times = Math.max(refusal.consumedPoints, this.limits.maxRequests + 1);
      return { times, msLeft: refusal.msBeforeNext };
    }
  }
}

/** The part of a pg client that the limiter uses, over the house's own database. */
const queriesOf = (database: Database) => ({
  query: ({ text, values }: { text: string; values?: unknown[] }) =>
    database.executeQuery(CompiledQuery.raw(text, values ?? [])),
});
