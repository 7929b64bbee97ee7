/**
 * The order of deliveries: of those of one subject and endpoint that wait, only the first has a time for its next attempt. The statements
 * here keep that true. A transaction that uses them locks the endpoint first; otherwise an insert and the end of the delivery before it
 * could miss each other, and the subject would wait for ever.
 */
import { sql, type Kysely } from 'kysely';
import type { Tables } from '../../database/tables.js';
import type { NewDelivery } from '../domain/new-delivery.js';

export interface SubjectOfWebhook {
  webhookId: string;
  subject: string;
}

/** Locks endpoints, in one order. */
export const lockWebhooks = async (transaction: Kysely<Tables>, ids: readonly string[]): Promise<void> => {
  await sql`SELECT id FROM webhook_endpoints WHERE id = ANY (${[...new Set(ids)]}::text[]) ORDER BY id FOR UPDATE`.execute(
    transaction,
  );
};

/** Stores deliveries that wait, but for those of events that the endpoint has deliveries of. Takes any number: they come as lists, and a statement has 65,535 parameters at most. */
export const insertDeliveries = async (
  transaction: Kysely<Tables>,
  all: readonly NewDelivery[],
  now: Date,
): Promise<void> => {
  await sql`
    INSERT INTO webhook_deliveries (id, webhook_id, event_position, event_type, event_at, subject, body, state, created_at)
    SELECT *, 'waiting', ${now}::timestamptz FROM unnest(
      ${all.map(({ id }) => id)}::text[], ${all.map(({ webhookId }) => webhookId)}::text[],
      ${all.map(({ eventPosition }) => eventPosition)}::bigint[], ${all.map(({ eventType }) => eventType)}::text[],
      ${all.map(({ eventAt }) => eventAt.toISOString())}::timestamptz[], ${all.map(({ subject }) => subject)}::text[],
      ${all.map(({ body }) => body)}::text[])
    ON CONFLICT (webhook_id, event_position) WHERE event_position > 0 DO NOTHING`.execute(transaction);
};

/**
 * Gives the first waiting delivery of each subject the time `now`, unless it has one, and takes it from the others.
 * @returns whether anything changed
 */
export const arrange = async (
  transaction: Kysely<Tables>,
  subjects: readonly SubjectOfWebhook[],
  now: Date,
): Promise<boolean> => {
  const unique = [...new Map(subjects.map((one) => [`${one.webhookId} ${one.subject}`, one])).values()];
  if (unique.length === 0) return false;
  const { numAffectedRows = 0n } = await sql`
    WITH firsts AS (
      SELECT first.id, first.webhook_id, first.subject
      FROM unnest(${unique.map(({ webhookId }) => webhookId)}::text[], ${unique.map(({ subject }) => subject)}::text[])
        AS wanted (webhook_id, subject)
      CROSS JOIN LATERAL (
        SELECT id, d.webhook_id, d.subject FROM webhook_deliveries d
        WHERE d.webhook_id = wanted.webhook_id AND d.subject = wanted.subject AND d.state = 'waiting'
        ORDER BY d.event_position, d.id LIMIT 1
      ) AS first
    )
    UPDATE webhook_deliveries d SET next_attempt_at = CASE WHEN d.id = firsts.id THEN ${now}::timestamptz END
    FROM firsts
    WHERE d.webhook_id = firsts.webhook_id AND d.subject = firsts.subject AND d.state = 'waiting'
      AND (d.id = firsts.id) = (d.next_attempt_at IS NULL)`.execute(transaction);
  return numAffectedRows > 0n;
};

/** When an endpoint is disabled. */
export const cancelWaiting = async (transaction: Kysely<Tables>, webhookId: string, now: Date): Promise<void> => {
  await transaction
    .updateTable('webhook_deliveries')
    .set({ state: 'cancelled', next_attempt_at: null, claimed_until: null, finished_at: now })
    .where('webhook_id', '=', webhookId)
    .where('state', '=', 'waiting')
    .execute();
};
