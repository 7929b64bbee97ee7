import { sql } from 'kysely';
import type { Database } from '../../database/pool.js';
import type { LastAttempt } from '../domain/webhook.js';
import { arrange, lockWebhooks } from './delivery-statements.js';

/** An attempt that succeeded, and the claim that it was made for. */
export interface Delivered {
  id: string;
  webhookId: string;
  claim: number;
  attempts: number;
  last: LastAttempt;
}

export interface WrittenDeliveries {
  /** The claims by the ids of the deliveries. Those that are missing were claimed anew, cancelled or deleted meanwhile. */
  claims: ReadonlyMap<string, number>;
  /** Whether the next delivery of a subject is due. */
  isNextDue: boolean;
}

/**
 * Writes attempts that succeeded: the deliveries, the health of their endpoints (as `healthAfter` has it), and the next delivery of each subject. All in one
 * transaction, whose statements many attempts share.
 */
export const writeDelivered = (database: Database, all: readonly Delivered[]): Promise<WrittenDeliveries> =>
  database.transaction().execute(async (transaction) => {
    await lockWebhooks(
      transaction,
      all.map(({ webhookId }) => webhookId),
    );
    const times = all.map(({ last }) => last.at.toISOString());
    const { rows } = await sql<{ id: string; claim: number; webhookId: string; subject: string }>`
      UPDATE webhook_deliveries d
      SET state = 'delivered', attempts = r.attempts, next_attempt_at = NULL, claimed_until = NULL, finished_at = r.at,
        last_attempt_at = r.at, last_status = r.status, last_duration_ms = r.duration_ms, last_answer = r.answer,
        last_answer_cut = r.is_cut, last_error = NULL
      FROM unnest(
        ${all.map(({ id }) => id)}::text[], ${all.map(({ claim }) => claim)}::integer[],
        ${all.map(({ attempts }) => attempts)}::integer[], ${times}::timestamptz[],
        ${all.map(({ last }) => last.status)}::integer[], ${all.map(({ last }) => last.durationMs)}::integer[],
        ${all.map(({ last }) => last.answer)}::text[], ${all.map(({ last }) => last.isAnswerCut)}::boolean[]
      ) AS r (id, claim, attempts, at, status, duration_ms, answer, is_cut)
      WHERE d.id = r.id AND d.claim = r.claim AND d.state = 'waiting'
      RETURNING d.id, d.claim, d.webhook_id AS "webhookId", d.subject`.execute(transaction);
    if (rows.length === 0) return { claims: new Map<string, number>(), isNextDue: false };
    await sql`
      UPDATE webhook_endpoints e SET last_success_at = w.at, failures_in_row = 0,
        slow_until = CASE WHEN e.slow_until > w.at THEN e.slow_until END
      FROM (
        SELECT webhook_id, max(last_attempt_at) AS at FROM webhook_deliveries
        WHERE id = ANY (${rows.map(({ id }) => id)}::text[]) GROUP BY webhook_id
      ) AS w
      WHERE e.id = w.webhook_id`.execute(transaction);
    const now = new Date(Math.max(...all.map(({ last }) => last.at.getTime())));
    const isNextDue = await arrange(transaction, rows, now);
    return { claims: new Map(rows.map(({ id, claim }) => [id, claim])), isNextDue };
  });
