import { createHash } from 'node:crypto';
import { timeout, TimeoutStrategy } from 'cockatiel';
import { sql } from 'kysely';
import type { Secret } from '../config/config.js';
import type { Database } from '../database/pool.js';
import { underWaitLimit, WaitLimit } from '../database/wait-limit.js';
import type { RequestKind } from './novita-client.js';
import { type Admission, ADMISSION_MS, HELD, type RequestBudget, sharesOf, USED_UP } from './request-budget.js';

/** A minute plus the longest delay between admission and sending, so that the limit holds at the time of sending. */
const REST_SECONDS = 60 + ADMISSION_MS / 1000;
/** A time further ahead than this was written before the database's clock was set back. */
const CLOCK_SLACK_SECONDS = 5;
const IDLE_SECONDS = 3600;
const CLEAN_EVERY = 1000;
const SMALLEST_GROWTH = 8;
/** A round ends without a slot when other replicas are taking the free ones. Making slots counts as no round, since it ends by itself. */
const MAX_ROUNDS = 5;
const BUSY_MS = 50;
const AWAY_MS = 1_000;
const AWAY = 'the database, which counts requests, did not answer';

const TIER: Record<RequestKind, number> = { create: 0, read: 1, release: 2 };

/** The state of the slots of a tier. Milliseconds are null when there is nothing to wait for. */
interface Standing {
  made: number[];
  free: number;
  nextMs: number | null;
  heldMs: number | null;
  fromFuture: boolean;
}

/**
 * Limits all replicas of a deployment together to `requestsPerMinute` HTTP requests in any 60 seconds. A fifth is reserved for releases,
 * and creates get at most half. The database's clock counts, not those of the replicas.
 *
 * A request takes a slot, which is then used for a minute. There are as many slots as requests a minute, so no minute can have more.
 * SKIP LOCKED takes a slot that no other replica is taking: no request waits for a lock, and a take is one statement. Slots are made
 * when needed and removed when idle, so the table is as long as the busiest minute of the last hour.
 *
 * In doubt nothing is admitted: without the database, or when its answer is late. A restored database has forgotten at most one minute
 * of requests. When replicas have different limits, the largest applies.
 */
export class SharedRequestBudget implements RequestBudget {
  /** Number of slots by tier: for all requests, for reads and releases, for releases only. */
  private readonly sizes: readonly number[];
  private asked = 0;

  constructor(
    private readonly database: Database,
    private readonly keyFingerprint: string,
    requestsPerMinute: number,
    private readonly timeoutMs = ADMISSION_MS,
  ) {
    const { create, read, release } = sharesOf(requestsPerMinute);
    this.sizes = [create, read - create, release - read];
  }

  async take(kind: RequestKind): Promise<Admission> {
    const admission = await this.orNull((signal) => this.takeSlot(TIER[kind], signal));
    return admission ?? { admitted: false, nextInMs: AWAY_MS, why: AWAY };
  }

  async peek(kind: RequestKind): Promise<{ available: number; nextInMs: number }> {
    const standing = await this.orNull(() => this.standing(TIER[kind]));
    if (!standing) return { available: 0, nextInMs: AWAY_MS };
    const available = standing.heldMs === null ? standing.free + this.missing(TIER[kind], standing) : 0;
    return { available, nextInMs: available > 0 ? 0 : waitMs(standing) };
  }

  async hold(seconds: number): Promise<void> {
    await this.orNull(() =>
      sql`
        INSERT INTO novita_holds AS hold (key_fingerprint, held_at, held_until)
        VALUES (${this.keyFingerprint}, clock_timestamp(), clock_timestamp() + make_interval(secs => ${seconds}))
        ON CONFLICT (key_fingerprint) DO UPDATE SET
          held_at = excluded.held_at,
          held_until = CASE
            WHEN hold.held_at > clock_timestamp() + make_interval(secs => ${CLOCK_SLACK_SECONDS}) THEN excluded.held_until
            ELSE greatest(hold.held_until, excluded.held_until)
          END`.execute(this.database),
    );
  }

  private async takeSlot(tier: number, signal: AbortSignal): Promise<Admission> {
    if (this.asked++ % CLEAN_EVERY === 0) await this.removeIdle();
    for (let round = 0; round < MAX_ROUNDS && !signal.aborted;) {
      if (await this.occupy(tier)) return { admitted: true };
      const standing = await this.standing(tier);
      if (standing.heldMs !== null) return { admitted: false, nextInMs: waitMs(standing), why: HELD };
      if (standing.fromFuture) await this.resetFutureTimes();
      if (standing.fromFuture || standing.free > 0) round += 1;
      else if (!(await this.grow(tier, standing))) {
        return { admitted: false, nextInMs: waitMs(standing), why: USED_UP };
      }
    }
    return { admitted: false, nextInMs: BUSY_MS, why: USED_UP };
  }

  private async occupy(tier: number): Promise<boolean> {
    const { rows } = await sql`
      WITH slot AS MATERIALIZED (
        SELECT tier, number FROM novita_request_slots
        WHERE ${this.isMine(tier)} AND free_at <= clock_timestamp() AND ${this.heldMs(tier)} IS NULL
        ORDER BY tier DESC, number DESC LIMIT 1 FOR UPDATE SKIP LOCKED
      )
      UPDATE novita_request_slots AS taken
      SET free_at = clock_timestamp() + make_interval(secs => ${REST_SECONDS})
      FROM slot
      WHERE taken.key_fingerprint = ${this.keyFingerprint} AND taken.tier = slot.tier AND taken.number = slot.number
      RETURNING taken.number`.execute(this.database);
    return rows.length === 1;
  }

  private async standing(tier: number): Promise<Standing> {
    const { rows } = await sql<Standing>`
      SELECT
        ARRAY[count(*) FILTER (WHERE tier = 0), count(*) FILTER (WHERE tier = 1), count(*) FILTER (WHERE tier = 2)]::int[]
          AS made,
        count(*) FILTER (WHERE free_at <= clock_timestamp()) AS free,
        (extract(epoch FROM min(free_at) - clock_timestamp()) * 1000)::float8 AS "nextMs",
        ${this.heldMs(tier)} AS "heldMs",
        coalesce(bool_or(${isFromFuture}), false) AS "fromFuture"
      FROM novita_request_slots WHERE ${this.isMine(tier)}`.execute(this.database);
    const [standing] = rows;
    if (!standing) throw new Error('an aggregate without a row');
    return standing;
  }

  /** Makes more slots, beginning with the highest tier that the request may use. False: all slots exist. */
  private async grow(tier: number, { made }: Standing): Promise<boolean> {
    for (let into = tier; into >= 0; into--) {
      const have = made[into] ?? 0;
      const want = Math.min(this.sizes[into] ?? 0, have + Math.max(have, SMALLEST_GROWTH));
      if (want <= have) continue;
      await sql`
        INSERT INTO novita_request_slots (key_fingerprint, tier, number, free_at)
        SELECT ${this.keyFingerprint}, ${into}, number, clock_timestamp() FROM generate_series(0, ${want - 1}::int) AS number
        ON CONFLICT DO NOTHING`.execute(this.database);
      return true;
    }
    return false;
  }

  /** Treats slots with a time in the future as taken now, since the real time is unknown. */
  private async resetFutureTimes(): Promise<void> {
    await sql`
      UPDATE novita_request_slots SET free_at = clock_timestamp() + make_interval(secs => ${REST_SECONDS})
      WHERE (key_fingerprint, tier, number) IN (
        SELECT key_fingerprint, tier, number FROM novita_request_slots
        WHERE key_fingerprint = ${this.keyFingerprint} AND ${isFromFuture} FOR UPDATE SKIP LOCKED
      )`.execute(this.database);
  }

  /** Removes idle slots and holds, including those of keys that are no longer used. */
  private async removeIdle(): Promise<void> {
    await sql`
      DELETE FROM novita_request_slots WHERE (key_fingerprint, tier, number) IN (
        SELECT key_fingerprint, tier, number FROM novita_request_slots
        WHERE free_at < clock_timestamp() - make_interval(secs => ${IDLE_SECONDS}) FOR UPDATE SKIP LOCKED
      )`.execute(this.database);
    await sql`
      DELETE FROM novita_holds WHERE held_until < clock_timestamp() - make_interval(secs => ${IDLE_SECONDS})`.execute(
      this.database,
    );
  }

  /** Null when the database failed or was too slow; a later answer is ignored. */
  private async orNull<T>(ask: (signal: AbortSignal) => Promise<T>): Promise<T | null> {
    // longer than the wait for the answer, so that a slow statement does not lose its connection
    const silence = new WaitLimit(2 * this.timeoutMs);
    try {
      return await timeout(this.timeoutMs, TimeoutStrategy.Aggressive).execute(({ signal }) =>
        underWaitLimit(silence, () => ask(signal)),
      );
    } catch {
      return null;
    }
  }

  private missing(tier: number, { made }: Standing): number {
    return this.sizes.slice(0, tier + 1).reduce((sum, size, at) => sum + size - (made[at] ?? 0), 0);
  }

  private isMine(tier: number) {
    return sql`key_fingerprint = ${this.keyFingerprint} AND tier <= ${tier} AND number < (${this.sizes}::int[])[tier + 1]`;
  }

  /** How long requests of the tier are held, or null. Releases are never held. */
  private heldMs(tier: number) {
    return sql`(
      SELECT (extract(epoch FROM held_until - clock_timestamp()) * 1000)::float8 FROM novita_holds
      WHERE key_fingerprint = ${this.keyFingerprint} AND ${tier}::int < ${TIER.release} AND held_until > clock_timestamp()
        AND held_at <= clock_timestamp() + make_interval(secs => ${CLOCK_SLACK_SECONDS})
    )`;
  }
}

/** A hash that identifies a Novita key in the database without revealing it. */
export const fingerprintOf = (apiKey: Secret): string =>
  createHash('sha256').update(`novita-api-key\n${apiKey.reveal()}`).digest('hex').slice(0, 32);

const isFromFuture = sql`free_at > clock_timestamp() + make_interval(secs => ${REST_SECONDS + CLOCK_SLACK_SECONDS})`;

/** Rounded up past the time, so that a caller who waits this long is not told to wait again. */
const waitMs = ({ nextMs, heldMs }: Standing): number =>
  Math.max(0, Math.floor(Math.max(nextMs ?? 0, heldMs ?? 0))) + 1;
