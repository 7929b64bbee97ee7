import { createHash } from 'node:crypto';
import { timeout, TimeoutStrategy } from 'cockatiel';
import { sql } from 'kysely';
import type { Secret } from '../config/config.js';
import type { Database } from '../database/pool.js';
import { underWaitLimit, WaitLimit } from '../database/wait-limit.js';
import type { RequestKind } from './novita-client.js';
import { type Admission, ADMISSION_MS, HELD, type RequestBudget, sharesOf, USED_UP } from './request-budget.js';

/** A minute, and as much longer as a request may leave after its admission: so the minute holds where requests are sent. */
const REST_SECONDS = 60 + ADMISSION_MS / 1000;
/** A moment so far ahead was written before the database's clock was put back. */
const CLOCK_SLACK_SECONDS = 5;
const IDLE_SECONDS = 3600;
const CLEAN_EVERY = 1000;
const SMALLEST_GROWTH = 8;
/** A round is lost when others are just taking what is free. Making slots costs none: it comes to an end by itself. */
const MAX_ROUNDS = 5;
const BUSY_MS = 50;
const AWAY_MS = 1_000;
const AWAY = 'the database, which counts requests, did not answer';

const TIER: Record<RequestKind, number> = { create: 0, read: 1, release: 2 };

/** Milliseconds are null when there is nothing to wait for. */
interface Standing {
  made: number[];
  free: number;
  nextMs: number | null;
  heldMs: number | null;
  fromFuture: boolean;
}

/**
 * At most `requestsPerMinute` HTTP requests in any 60 seconds by all replicas of a deployment together, a fifth of them for
 * releases only and no more than half of them for creates. By the database's clock, whatever the replicas' clocks say.
 *
 * A request takes a slot that rests for a minute; there are as many slots as requests a minute, so no minute can hold more.
 * Whoever wants one takes any that nobody else is taking: nobody waits for a lock, and a take is one statement. Slots are made
 * as they are needed and removed when idle, so the table is as long as the busiest minute of the last hour.
 *
 * In doubt nothing is admitted: without the database, or when its answer is late. A database that was put back to an earlier
 * state has forgotten at most one minute of requests. Replicas with different limits keep the largest of them.
 */
export class SharedRequestBudget implements RequestBudget {
  /** Slots by tier: for everybody, for reads and releases, for releases. */
  private readonly sizes: readonly number[];
  private asked = 0;

  constructor(
    private readonly database: Database,
    private readonly keyFingerprint: string,
    requestsPerMinute: number,
    private readonly patienceMs = ADMISSION_MS,
  ) {
    const { create, read, release } = sharesOf(requestsPerMinute);
    this.sizes = [create, read - create, release - read];
  }

  async take(kind: RequestKind): Promise<Admission> {
    const admission = await this.orNull((signal) => this.takeSlot(TIER[kind], signal));
    return admission ?? { admitted: false, nextInMs: AWAY_MS, why: AWAY };
  }

  async look(kind: RequestKind): Promise<{ available: number; nextInMs: number }> {
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
      if (standing.fromFuture) await this.forgetTheFuture();
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

  /** Makes more slots, where the tier goes first; false when there are all. */
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

  /** Nobody knows how long ago they were taken: as if it were now. */
  private async forgetTheFuture(): Promise<void> {
    await sql`
      UPDATE novita_request_slots SET free_at = clock_timestamp() + make_interval(secs => ${REST_SECONDS})
      WHERE (key_fingerprint, tier, number) IN (
        SELECT key_fingerprint, tier, number FROM novita_request_slots
        WHERE key_fingerprint = ${this.keyFingerprint} AND ${isFromFuture} FOR UPDATE SKIP LOCKED
      )`.execute(this.database);
  }

  /** Also those of keys that are no longer in use. */
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

  /** Null when the database failed or was slow: what comes after that is dropped. */
  private async orNull<T>(ask: (signal: AbortSignal) => Promise<T>): Promise<T | null> {
    // longer than the answer is waited for: a statement that is only slow must not cost its connection
    const silence = new WaitLimit(2 * this.patienceMs);
    try {
      return await timeout(this.patienceMs, TimeoutStrategy.Aggressive).execute(({ signal }) =>
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

  /** For how long requests of the tier are held; null when they are not. Releases never are. */
  private heldMs(tier: number) {
    return sql`(
      SELECT (extract(epoch FROM held_until - clock_timestamp()) * 1000)::float8 FROM novita_holds
      WHERE key_fingerprint = ${this.keyFingerprint} AND ${tier}::int < ${TIER.release} AND held_until > clock_timestamp()
        AND held_at <= clock_timestamp() + make_interval(secs => ${CLOCK_SLACK_SECONDS})
    )`;
  }
}

/** What stands for a Novita key where the key itself must not be. */
export const fingerprintOf = (apiKey: Secret): string =>
  createHash('sha256').update(`novita-api-key\n${apiKey.reveal()}`).digest('hex').slice(0, 32);

const isFromFuture = sql`free_at > clock_timestamp() + make_interval(secs => ${REST_SECONDS + CLOCK_SLACK_SECONDS})`;

/** A whole millisecond after the moment, so that who waits as long as told is not told again. */
const waitMs = ({ nextMs, heldMs }: Standing): number =>
  Math.max(0, Math.floor(Math.max(nextMs ?? 0, heldMs ?? 0))) + 1;
