import { sql } from 'kysely';
import type { Database } from '../../database/pool.js';
import { appendEvents } from '../../events/event-log.js';
import { Batcher } from '../../time/batcher.js';
import type { Principal } from '../../vocabulary/principal.js';
import { eventsOfAttempt, healthAfter, type AttemptResult } from '../domain/attempt-result.js';
import type { NewDelivery } from '../domain/new-delivery.js';
import type { Delivery } from '../domain/webhook.js';
import { arrange, cancelWaiting, insertDeliveries, lockWebhooks } from './delivery-statements.js';
import { lastPosition } from './webhook-repository.js';
import { fromDeliveryRow, fromWebhookRow, toWebhookRow } from './webhook.row.js';
import { writeDelivered, type Delivered, type WrittenDeliveries } from './write-delivered.js';

const ACTOR: Principal = 'policy:webhooks';

/** A delivery that was claimed for one attempt. */
export interface ClaimedDelivery {
  delivery: Delivery;
  url: string;
  sealedSecrets: string;
  claim: number;
}

/** How many attempts may be under way. */
export interface AttemptsAtOnce {
  total: number;
  perWebhook: number;
}

/** New deliveries of one endpoint, for the events between two positions. */
export interface Collected {
  webhookId: string;
  from: number;
  to: number;
  deliveries: readonly NewDelivery[];
}

/** What there is to do. */
export interface Work {
  lastPosition: number;
  isDue: boolean;
  /** Whether an endpoint gets events. */
  isAnyEndpoint: boolean;
}

/** Makes deliveries of events, hands out those that are due, and writes what came of them. */
export class DeliveryQueue {
  /** Receivers of one event answer at about the same time. */
  private readonly delivered: Batcher<Delivered, WrittenDeliveries>;

  constructor(private readonly database: Database) {
    this.delivered = new Batcher((all) => writeDelivered(database, all));
  }

  /** One cheap statement, which is repeated several times a second. */
  async work(now: Date): Promise<Work> {
    const { rows } = await sql<Work>`
      SELECT coalesce((SELECT last FROM event_positions), 0) AS "lastPosition",
        EXISTS (SELECT FROM webhook_deliveries WHERE next_attempt_at <= ${now}) AS "isDue",
        EXISTS (SELECT FROM webhook_endpoints WHERE state <> 'disabled') AS "isAnyEndpoint"`.execute(this.database);
    return rows[0] ?? { lastPosition: 0, isDue: false, isAnyEndpoint: false };
  }

  lastPosition(): Promise<number> {
    return lastPosition(this.database);
  }

  /**
   * Stores new deliveries, and up to where they go. An endpoint that was changed or collected for meanwhile is left out: the next
   * run finds it as it is then.
   */
  async collect(all: readonly Collected[], now: Date): Promise<void> {
    await this.database.transaction().execute(async (transaction) => {
      await lockWebhooks(
        transaction,
        all.map(({ webhookId }) => webhookId),
      );
      const { rows } = await sql<{ id: string }>`
        UPDATE webhook_endpoints e SET position = collected.to_position
        FROM unnest(
          ${all.map(({ webhookId }) => webhookId)}::text[], ${all.map(({ from }) => from)}::bigint[],
          ${all.map(({ to }) => to)}::bigint[]
        ) AS collected (id, from_position, to_position)
        WHERE e.id = collected.id AND e.position = collected.from_position AND e.state <> 'disabled'
        RETURNING e.id`.execute(transaction);
      const moved = new Set(rows.map(({ id }) => id));
      const added = all.flatMap(({ webhookId, deliveries }) => (moved.has(webhookId) ? deliveries : []));
      if (added.length === 0) return;
      // a replay may have made some of them
      await insertDeliveries(transaction, added, now);
      await arrange(transaction, added, now);
    });
  }

  /**
   * Claims deliveries that are due, oldest first. A claim that is not given back ends by itself, so that a delivery whose sender was killed
   * is sent again. An endpoint whose last attempt failed gets one attempt at a time.
   */
  async take(limits: AttemptsAtOnce, now: Date, claimedUntil: Date): Promise<ClaimedDelivery[]> {
    const { rows } = await sql<{ id: string; claim: number }>`
      WITH due AS (
        SELECT d.id FROM webhook_endpoints e CROSS JOIN LATERAL (
          SELECT id, next_attempt_at FROM webhook_deliveries
          WHERE webhook_id = e.id AND next_attempt_at <= ${now} AND (claimed_until IS NULL OR claimed_until <= ${now})
          ORDER BY next_attempt_at, id
          LIMIT greatest(0, CASE WHEN e.failures_in_row > 0 THEN 1 ELSE ${limits.perWebhook}::integer END
            - (SELECT count(*) FROM webhook_deliveries WHERE webhook_id = e.id AND claimed_until > ${now}))
        ) AS d
        WHERE e.state = 'enabled' AND (e.slow_until IS NULL OR e.slow_until <= ${now})
        ORDER BY d.next_attempt_at, d.id LIMIT ${limits.total}
      )
      UPDATE webhook_deliveries SET claimed_until = ${claimedUntil}, claim = claim + 1
      WHERE id IN (SELECT id FROM due) AND next_attempt_at <= ${now} AND (claimed_until IS NULL OR claimed_until <= ${now})
      RETURNING id, claim`.execute(this.database);
    if (rows.length === 0) return [];
    const claims = new Map(rows.map(({ id, claim }) => [id, claim]));
    const claimed = await this.database
      .selectFrom('webhook_deliveries')
      .innerJoin('webhook_endpoints', 'webhook_endpoints.id', 'webhook_deliveries.webhook_id')
      .selectAll('webhook_deliveries')
      .select(['webhook_endpoints.url', 'webhook_endpoints.sealed_secrets'])
      .where('webhook_deliveries.id', 'in', [...claims.keys()])
      .execute();
    return claimed.map(({ url, sealed_secrets: sealedSecrets, ...row }) => ({
      delivery: fromDeliveryRow(row),
      url,
      sealedSecrets,
      claim: claims.get(row.id) ?? 0,
    }));
  }

  /** Gives claims back. The deliveries are due at `nextAttemptAt`; without it, as before. */
  async release({ delivery, claim }: ClaimedDelivery, nextAttemptAt: Date | null): Promise<void> {
    await this.database
      .updateTable('webhook_deliveries')
      .set({ claimed_until: null, ...(nextAttemptAt && { next_attempt_at: nextAttemptAt }) })
      .where('id', '=', delivery.id)
      .where('claim', '=', claim)
      .where('state', '=', 'waiting')
      .execute();
  }

  /**
   * Writes the result of an attempt: the delivery, the health of its endpoint, the next delivery of the subject, and events.
   * @returns whether the next of the subject is due; null: the delivery was claimed anew, cancelled or deleted meanwhile, and nothing is written
   */
  async finish({ delivery, claim }: ClaimedDelivery, result: AttemptResult): Promise<{ isNextDue: boolean } | null> {
    const { last, attempts } = result;
    if (result.state === 'delivered') {
      const { id, webhookId } = delivery;
      const { claims, isNextDue } = await this.delivered.add({ id, webhookId, claim, attempts, last });
      return claims.get(id) === claim ? { isNextDue } : null;
    }
    return this.database.transaction().execute(async (transaction) => {
      const endpoint = await transaction
        .selectFrom('webhook_endpoints')
        .selectAll()
        .where('id', '=', delivery.webhookId)
        .forUpdate()
        .executeTakeFirst();
      if (!endpoint) return null;
      const { numUpdatedRows } = await transaction
        .updateTable('webhook_deliveries')
        .set({
          state: result.state,
          attempts: result.attempts,
          next_attempt_at: result.nextAttemptAt,
          claimed_until: null,
          finished_at: result.state === 'waiting' ? null : last.at,
          last_attempt_at: last.at,
          last_status: last.status,
          last_duration_ms: last.durationMs,
          last_answer: last.answer,
          last_answer_cut: last.isAnswerCut,
          last_error: last.error,
        })
        .where('id', '=', delivery.id)
        .where('claim', '=', claim)
        .where('state', '=', 'waiting')
        .executeTakeFirst();
      if (numUpdatedRows === 0n) return null;
      const webhook = fromWebhookRow(endpoint);
      const events = eventsOfAttempt(webhook, delivery, result);
      await transaction
        .updateTable('webhook_endpoints')
        .set({
          ...toWebhookRow({ ...webhook, ...healthAfter(webhook, result) }),
          last_event_seq: endpoint.last_event_seq + events.length,
        })
        .where('id', '=', delivery.webhookId)
        .execute();
      if (result.isGone) await cancelWaiting(transaction, delivery.webhookId, last.at);
      const isNextDue = await arrange(transaction, [delivery], last.at);
      const subject = { kind: 'webhook', id: delivery.webhookId } as const;
      const { projectId } = webhook;
      const target = {
        subject,
        lastSeq: endpoint.last_event_seq,
        at: last.at,
        projectId,
        actor: ACTOR,
        requestId: null,
      };
      await appendEvents(transaction, target, events);
      return { isNextDue };
    });
  }
}
