import { sql, type SqlBool } from 'kysely';
import type { Database } from '../../database/pool.js';
import type { DeliveryState } from '../../vocabulary/webhook.js';
import type { NewDelivery } from '../domain/new-delivery.js';
import type { Delivery } from '../domain/webhook.js';
import { arrange, insertDeliveries, lockWebhooks } from './delivery-statements.js';
import { fromDeliveryRow } from './webhook.row.js';

/** What was and will be sent: read by people, asked for again, and deleted when it is old. */
export class DeliveryLog {
  constructor(private readonly database: Database) {}

  /** Newest first. */
  async page(
    webhookId: string,
    { limit, beforeId, state }: { limit: number; beforeId?: string; state?: DeliveryState },
  ): Promise<Delivery[]> {
    let query = this.database
      .selectFrom('webhook_deliveries')
      .selectAll()
      .where('webhook_id', '=', webhookId)
      .orderBy('id', 'desc')
      .limit(limit);
    if (beforeId !== undefined) query = query.where('id', '<', beforeId);
    if (state !== undefined) query = query.where('state', '=', state);
    return (await query.execute()).map(fromDeliveryRow);
  }

  async find(webhookId: string, id: string): Promise<Delivery | null> {
    const row = await this.database
      .selectFrom('webhook_deliveries')
      .selectAll()
      .where('webhook_id', '=', webhookId)
      .where('id', '=', id)
      .executeTakeFirst();
    return row ? fromDeliveryRow(row) : null;
  }

  /**
   * Makes deliveries wait for a first attempt, whether they exist or not. One that waits already begins its attempts anew.
   * @returns false: the endpoint is gone or disabled
   */
  async deliverAgain(webhookId: string, deliveries: readonly NewDelivery[], now: Date): Promise<boolean> {
    return this.database.transaction().execute(async (transaction) => {
      const endpoint = await transaction
        .selectFrom('webhook_endpoints')
        .select('state')
        .where('id', '=', webhookId)
        .forUpdate()
        .executeTakeFirst();
      if (!endpoint || endpoint.state === 'disabled') return false;
      if (deliveries.length === 0) return true;
      const existing = await transaction
        .updateTable('webhook_deliveries')
        .set({ state: 'waiting', attempts: 0, next_attempt_at: null, claimed_until: null, finished_at: null })
        .where('webhook_id', '=', webhookId)
        .where(
          sql<SqlBool>`(id = ANY (${deliveries.map(({ id }) => id)}::text[])
            OR (event_position > 0 AND event_position = ANY (${deliveries.map(({ eventPosition }) => eventPosition)}::bigint[])))`,
        )
        .returning(['id', 'event_position'])
        .execute();
      const known = new Set(existing.flatMap((row) => [row.id, row.event_position]));
      const missing = deliveries.filter(({ id, eventPosition }) => !known.has(id) && !known.has(eventPosition));
      await insertDeliveries(transaction, missing, now);
      await arrange(transaction, deliveries, now);
      return true;
    });
  }

  /**
   * Deletes deliveries that were made before then, whatever their state. What waits for a receiver that is away for so long is
   * lost with them.
   * @returns how many, `limit` at most
   */
  async deleteOld(before: Date, limit: number, now: Date): Promise<number> {
    return this.database.transaction().execute(async (transaction) => {
      const old = await transaction
        .selectFrom('webhook_deliveries')
        .select(['id', 'webhook_id as webhookId', 'subject'])
        .where('created_at', '<', before)
        .orderBy('created_at')
        .limit(limit)
        .execute();
      if (old.length === 0) return 0;
      await lockWebhooks(
        transaction,
        old.map(({ webhookId }) => webhookId),
      );
      const { numDeletedRows } = await transaction
        .deleteFrom('webhook_deliveries')
        .where(
          'id',
          'in',
          old.map(({ id }) => id),
        )
        .executeTakeFirst();
      await arrange(transaction, old, now);
      return Number(numDeletedRows);
    });
  }

  /** For metrics. `oldestAt`: when the oldest event happened that waits for an enabled endpoint. */
  async backlog(): Promise<{ waiting: number; oldestAt: Date | null }> {
    const { rows } = await sql<{ waiting: number; oldestAt: Date | null }>`
      SELECT count(*) AS waiting, min(d.event_at) AS "oldestAt"
      FROM webhook_deliveries d JOIN webhook_endpoints e ON e.id = d.webhook_id
      WHERE d.state = 'waiting' AND e.state = 'enabled'`.execute(this.database);
    return rows[0] ?? { waiting: 0, oldestAt: null };
  }
}
