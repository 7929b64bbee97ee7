import { sql, type Kysely } from 'kysely';
import type { Database } from '../../database/pool.js';
import type { Tables } from '../../database/tables.js';
import { isUniqueViolation } from '../../database/unique-violation.js';
import type { EventDraft } from '../../events/event-catalogue.js';
import { appendEvents } from '../../events/event-log.js';
import { isWithin, type Within } from '../../vocabulary/project.js';
import type { Cause } from '../../vocabulary/principal.js';
import { hostOf } from '../domain/new-webhook.js';
import type { Webhook } from '../domain/webhook.js';
import { cancelWaiting } from './delivery-statements.js';
import { fromWebhookRow, toWebhookRow } from './webhook.row.js';

/** A change of an endpoint, with the event that tells it. */
export interface WebhookChange {
  set: Partial<Webhook>;
  event: EventDraft<'webhook'>;
}

/** An endpoint, and since when an event waits for it. */
export interface ListedWebhook {
  webhook: Webhook;
  oldestWaitingAt: Date | null;
}

/** An arbitrary constant: endpoints are made one after the other, so that their number is never above the limit. */
const CREATE_LOCK = 7_201_551_101;

/** The endpoints. All reading of endpoints goes through this class. */
export class WebhookRepository {
  constructor(private readonly database: Database) {}

  /** Newest first. */
  async page(
    within: Within,
    { limit, beforeId, instanceId }: { limit: number; beforeId?: string; instanceId?: string },
  ): Promise<ListedWebhook[]> {
    let webhooks = this.database.selectFrom('webhook_endpoints').selectAll().orderBy('id', 'desc').limit(limit);
    if (within !== null) webhooks = webhooks.where('project_id', '=', within);
    if (instanceId !== undefined) webhooks = webhooks.where('instance_id', '=', instanceId);
    if (beforeId !== undefined) webhooks = webhooks.where('id', '<', beforeId);
    return this.listed((await webhooks.execute()).map(fromWebhookRow));
  }

  async find(id: string, within: Within): Promise<ListedWebhook | null> {
    const row = await this.database.selectFrom('webhook_endpoints').selectAll().where('id', '=', id).executeTakeFirst();
    const webhook = row && fromWebhookRow(row);
    return webhook && isWithin(webhook.projectId, within) ? ((await this.listed([webhook]))[0] ?? null) : null;
  }

  /** Those for which deliveries are made: enabled and paused. Without those of instances. */
  async collecting(): Promise<Webhook[]> {
    const rows = await this.database
      .selectFrom('webhook_endpoints')
      .selectAll()
      .where('state', '<>', 'disabled')
      .where('instance_id', 'is', null)
      .orderBy('id')
      .execute();
    return rows.map(fromWebhookRow);
  }

  /**
   * Those of instances for which deliveries are to be made, the longest behind first. An endpoint whose instance has no news is none of them:
   * there may be as many endpoints as instances.
   */
  async collectingOfInstances(limit: number): Promise<Webhook[]> {
    const rows = await this.database
      .selectFrom('webhook_endpoints as endpoint')
      .selectAll()
      .where('endpoint.state', '<>', 'disabled')
      .where('endpoint.instance_id', 'is not', null)
      .where((where) =>
        where.exists(
          where
            .selectFrom('events')
            .select('events.position')
            .whereRef('events.subject_id', '=', 'endpoint.instance_id')
            .whereRef('events.position', '>', 'endpoint.position'),
        ),
      )
      .orderBy('endpoint.position')
      .limit(limit)
      .execute();
    return rows.map(fromWebhookRow);
  }

  /**
   * Makes an endpoint, which gets the events from now on. Endpoints of instances do not count.
   * @param most how many endpoints its project may have
   */
  async create(webhook: Webhook, most: number, cause: Cause): Promise<'created' | 'url-taken' | 'too-many'> {
    try {
      return await this.database.transaction().execute(async (transaction) => {
        await sql`SELECT pg_advisory_xact_lock(${CREATE_LOCK})`.execute(transaction);
        const { count } = await transaction
          .selectFrom('webhook_endpoints')
          .select((select) => select.fn.countAll<number>().as('count'))
          .where('project_id', 'is not distinct from', webhook.projectId)
          .where('instance_id', 'is', null)
          .executeTakeFirstOrThrow();
        if (count >= most) return (await isTaken(transaction, webhook)) ? 'url-taken' : 'too-many';
        await insertWebhook(transaction, webhook);
        await appendWebhookCreated(transaction, webhook, cause);
        return 'created';
      });
    } catch (error) {
      if (isUniqueViolation(error, 'webhook_endpoints_url_key')) return 'url-taken';
      throw error;
    }
  }

  /**
   * Changes one endpoint, which is locked meanwhile. Disabling it cancels what waits; enabling a disabled one begins with later events.
   * @param decide is given the endpoint as it is; null changes nothing
   * @returns the endpoint as it is then; null: there is none with this id
   */
  async change(
    id: string,
    within: Within,
    decide: (webhook: Webhook) => WebhookChange | null,
    at: Date,
    cause: Cause,
  ): Promise<Webhook | 'url-taken' | null> {
    try {
      return await this.database.transaction().execute(async (transaction) => {
        const row = await transaction
          .selectFrom('webhook_endpoints')
          .selectAll()
          .where('id', '=', id)
          .forUpdate()
          .executeTakeFirst();
        if (!row) return null;
        const webhook = fromWebhookRow(row);
        if (!isWithin(webhook.projectId, within)) return null;
        const change = decide(webhook);
        if (!change) return webhook;
        const changed = { ...webhook, ...change.set, updatedAt: at };
        if (webhook.setting === 'disabled' && changed.setting !== 'disabled')
          changed.position = await lastPosition(transaction);
        await transaction
          .updateTable('webhook_endpoints')
          .set({ ...toWebhookRow(changed), last_event_seq: row.last_event_seq + 1 })
          .where('id', '=', id)
          .execute();
        if (changed.setting === 'disabled') await cancelWaiting(transaction, id, at);
        const subject = { kind: 'webhook', id } as const;
        const { projectId } = webhook;
        await appendEvents(transaction, { subject, lastSeq: row.last_event_seq, at, projectId, ...cause }, [
          change.event,
        ]);
        return changed;
      });
    } catch (error) {
      if (isUniqueViolation(error, 'webhook_endpoints_url_key')) return 'url-taken';
      throw error;
    }
  }

  /** Deletes the endpoint with its deliveries. @returns the endpoint as it was; null: there is none with this id */
  async delete(
    id: string,
    within: Within,
    eventOf: (webhook: Webhook) => EventDraft<'webhook'>,
    at: Date,
    cause: Cause,
  ): Promise<Webhook | null> {
    return this.database.transaction().execute(async (transaction) => {
      const row = await transaction
        .deleteFrom('webhook_endpoints')
        .where('id', '=', id)
        .$if(within !== null, (query) => query.where('project_id', '=', within))
        .returningAll()
        .executeTakeFirst();
      if (!row) return null;
      const webhook = fromWebhookRow(row);
      const subject = { kind: 'webhook', id } as const;
      const { projectId } = webhook;
      await appendEvents(transaction, { subject, lastSeq: row.last_event_seq, at, projectId, ...cause }, [
        eventOf(webhook),
      ]);
      return webhook;
    });
  }

  private async listed(webhooks: Webhook[]): Promise<ListedWebhook[]> {
    if (webhooks.length === 0) return [];
    const rows = await this.database
      .selectFrom('webhook_deliveries')
      .select(['webhook_id', (select) => select.fn.min('event_at').as('oldest')])
      .where('state', '=', 'waiting')
      .where('event_position', '>', 0)
      .where(
        'webhook_id',
        'in',
        webhooks.map(({ id }) => id),
      )
      .groupBy('webhook_id')
      .execute();
    const oldest = new Map(rows.map((row) => [row.webhook_id, row.oldest]));
    return webhooks.map((webhook) => ({ webhook, oldestWaitingAt: oldest.get(webhook.id) ?? null }));
  }
}

/** Stores an endpoint, which gets the events from now on. */
export const insertWebhook = async (transaction: Kysely<Tables>, webhook: Webhook): Promise<void> => {
  const row = { ...toWebhookRow(webhook), position: await lastPosition(transaction), last_event_seq: 1 };
  await transaction.insertInto('webhook_endpoints').values(row).execute();
};

/** Tells that the endpoint was made. As {@link appendEvents}, the last statement of its transaction. */
export const appendWebhookCreated = async (
  transaction: Kysely<Tables>,
  webhook: Webhook,
  cause: Cause,
): Promise<void> => {
  const { id, createdAt: at, projectId } = webhook;
  const target = { subject: { kind: 'webhook', id } as const, lastSeq: 0, at, projectId, ...cause };
  await appendEvents(transaction, target, [{ type: 'webhook.created', data: hostOf(webhook) }]);
};

/** The position of the last event that every reader can see. */
export const lastPosition = async (database: Kysely<Tables>): Promise<number> => {
  const { rows } = await sql<{ last: number }>`SELECT last FROM event_positions`.execute(database);
  return rows[0]?.last ?? 0;
};

const isTaken = async (transaction: Kysely<Tables>, { projectId, url }: Webhook): Promise<boolean> => {
  const endpoints = transaction.selectFrom('webhook_endpoints').select('id').where('instance_id', 'is', null);
  const same = endpoints.where('url', '=', url);
  return (await same.where('project_id', 'is not distinct from', projectId).executeTakeFirst()) !== undefined;
};
