import type { ThrottlerStorage } from '@nestjs/throttler';
import { CompiledQuery } from 'kysely';
import {
  RateLimiterMemory,
  RateLimiterPostgres,
  RateLimiterRes,
  type RateLimiterAbstract,
} from 'rate-limiter-flexible';
import type { RateLimitConfig } from '../config/config.js';
import type { Database } from '../database/pool.js';

type ThrottlerStorageRecord = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/**
 * How many requests each client has made in the current window, over all replicas. The count is kept in an unlogged
 * table (a crash forgets it, which harms nobody). A client that is over its limit is held off from memory and costs no
 * query; and while the database cannot be asked, each replica counts for itself, since a limit that fails must not
 * take the service down with it.
 */
export class ClientRateLimitStorage implements ThrottlerStorage {
  private readonly limiter: RateLimiterAbstract;

  constructor({ windowMs, maxRequests }: RateLimitConfig, database: Database | null) {
    const limits = { points: maxRequests, duration: windowMs / 1000, keyPrefix: 'client' };
    const memory = new RateLimiterMemory(limits);
    this.limiter =
      database === null
        ? memory
        : new RateLimiterPostgres({
            ...limits,
            storeClient: queriesOf(database),
            storeType: 'client',
            tableName: 'rate_limits',
            tableCreated: true,
            clearExpiredByTimeout: true,
            inMemoryBlockOnConsumed: maxRequests,
            insuranceLimiter: memory,
          });
  }

  /** Times are in whole seconds, rounded up: a client that waits as long as it is told is served. */
  async increment(key: string, _ttl: number, limit: number): Promise<ThrottlerStorageRecord> {
    const { state, allowed } = await this.consume(key);
    const seconds = Math.max(1, Math.ceil(state.msBeforeNext / 1000));
    return {
      totalHits: allowed ? state.consumedPoints : Math.max(state.consumedPoints, limit + 1),
      timeToExpire: seconds,
      isBlocked: !allowed,
      timeToBlockExpire: allowed ? 0 : seconds,
    };
  }

  private async consume(key: string): Promise<{ state: RateLimiterRes; allowed: boolean }> {
    try {
      return { state: await this.limiter.consume(key), allowed: true };
    } catch (refusal) {
      if (refusal instanceof RateLimiterRes) return { state: refusal, allowed: false };
      throw refusal;
    }
  }
}

/** The part of a pg client that the limiter uses, over the house's own database. */
const queriesOf = (database: Database) => ({
  query: ({ text, values }: { text: string; values?: unknown[] }) =>
    database.executeQuery(CompiledQuery.raw(text, values ?? [])),
});
