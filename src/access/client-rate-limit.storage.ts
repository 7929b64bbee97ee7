import type { ThrottlerStorage } from '@nestjs/throttler';
import { CompiledQuery } from 'kysely';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import type { RateLimitConfig } from '../config/config.js';
import type { Database } from '../database/pool.js';
import { underWaitLimit, WaitLimit } from '../database/wait-limit.js';
import { JUMP_MS } from '../time/shared-clock.js';
import { within } from '../time/within.js';
import { BoundedCounts } from './bounded-counts.js';
import { ReservedShares, type Counted, type Place } from './reserved-shares.js';

/** The longest that a request waits for its count in the database. */
const PATIENCE_MS = 500;
/** Longer, so that a slow statement does not lose its connection. */
const SILENCE_MS = 3_000;
/** After a failure the database is not asked for this long, so that not every request waits. */
const REST_MS = 5_000;

type ThrottlerStorageRecord = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/**
 * Counts the requests of each client in the current window, for all replicas together. The counts are in an unlogged table; losing them in
 * a crash does no harm. A replica reserves shares of the limit there, and refuses a client over its limit from memory. Each replica also
 * counts the latest clients itself, and uses its own counts while the database is slow or away, so that a failing limit does not stop
 * the service.
 */
export class ClientRateLimitStorage implements ThrottlerStorage {
  private readonly shares: ReservedShares | null;
  private readonly own: BoundedCounts;
  private ownUntilMs = 0;

  constructor(
    private readonly limits: RateLimitConfig,
    database: Database | null,
  ) {
    const { windowMs, maxRequests } = limits;
    this.own = new BoundedCounts(windowMs);
    this.shares = database && new ReservedShares(maxRequests, this.counterIn(database));
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

  private async count(key: string): Promise<Place> {
    const own = this.own.count(key);
    const { shares } = this;
    if (shares === null || performance.now() < this.ownUntilMs) return own;
    try {
      return await within(PATIENCE_MS, shares.next(key));
    } catch {
      this.ownUntilMs = performance.now() + REST_MS;
      return own;
    }
  }

  private counterIn(database: Database): (key: string, points: number) => Promise<Counted> {
    const { windowMs, maxRequests } = this.limits;
    const limiter = new RateLimiterPostgres({
      points: maxRequests,
      duration: windowMs / 1000,
      keyPrefix: 'client',
      storeClient: queriesOf(database),
      storeType: 'client',
      tableName: 'rate_limits',
      tableCreated: true,
      clearExpiredByTimeout: true,
    });
    const consume = (key: string, points: number): Promise<RateLimiterRes> =>
      limiter.consume(key, points).catch((refusal: unknown) => {
        if (refusal instanceof RateLimiterRes) return refusal;
        throw refusal;
      });
    // several requests wait for it, each as long as it may
    return (key, points) =>
      underWaitLimit(new WaitLimit(SILENCE_MS), async () => {
        let counted = await consume(key, points);
        if (counted.msBeforeNext > windowMs + JUMP_MS) {
          // longer than any window: it began before the clock of some replica was set back
          await limiter.delete(key);
          counted = await consume(key, points);
        }
        return { consumed: counted.consumedPoints, msLeft: counted.msBeforeNext };
      });
  }
}

/** The part of a pg client that the limiter uses, implemented by our database. */
const queriesOf = (database: Database) => ({
  query: ({ text, values }: { text: string; values?: unknown[] }) =>
    database.executeQuery(CompiledQuery.raw(text, values ?? [])),
});
