import { sql, type RawBuilder, type SqlBool, type Transaction } from 'kysely';
import type { Database } from '../database/pool.js';
import type { Tables } from '../database/tables.js';
import { SHOWN_ATTEMPTS } from '../novita-instances/domain/instance.js';
import type { RetentionStore } from './retention-store.js';

/** Of instances `i`: deleted before then, and nothing of them can cost money or come true, or is still to be told. */
const isOver = (before: Date): RawBuilder<SqlBool> => sql<SqlBool>`
  i.deleted_at < ${before}
  AND NOT EXISTS (SELECT FROM machines m WHERE m.instance_id = i.id AND m.gone_at IS NULL)
  AND NOT EXISTS (SELECT FROM create_attempts a WHERE a.instance_id = i.id AND a.state IN ('SENDING', 'AMBIGUOUS'))
  AND NOT EXISTS (
    SELECT FROM webhook_endpoints w WHERE w.instance_id = i.id AND w.state <> 'disabled' AND (
      EXISTS (SELECT FROM webhook_deliveries d WHERE d.webhook_id = w.id AND d.state = 'waiting')
      OR EXISTS (SELECT FROM events e WHERE e.subject_id = i.id AND e.position > w.position)))`;

/** The {@link RetentionStore} on PostgreSQL. */
export class PostgresRetentionStore implements RetentionStore {
  constructor(private readonly database: Database) {}

  deleteEvents(before: Date, limit: number): Promise<number> {
    return this.deletingEvents(sql`SELECT position FROM events WHERE at < ${before} LIMIT ${limit}`);
  }

  deleteEventsOfDeletedInstances(before: Date, limit: number): Promise<number> {
    return this.deletingEvents(sql`
      SELECT e.position FROM instances i JOIN events e ON e.instance_id = i.id
      WHERE ${isOver(before)} LIMIT ${limit}`);
  }

  async deleteIdempotencyKeys(before: Date, limit: number): Promise<number> {
    const { numAffectedRows } = await sql`
      DELETE FROM idempotency_keys WHERE (caller, key) IN
        (SELECT caller, key FROM idempotency_keys WHERE created_at < ${before} LIMIT ${limit})`.execute(this.database);
    return Number(numAffectedRows);
  }

  async deleteAttempts(before: Date, limit: number): Promise<number> {
    const { numAffectedRows } = await sql`
      DELETE FROM create_attempts WHERE state IN ('REJECTED', 'NOT_SENT') AND (instance_id, number) IN
        (SELECT a.instance_id, a.number FROM create_attempts a
          WHERE a.sent_at < ${before} AND a.state IN ('REJECTED', 'NOT_SENT')
            AND a.number <= (SELECT max(number) FROM create_attempts WHERE instance_id = a.instance_id) - ${SHOWN_ATTEMPTS}
            AND NOT EXISTS (SELECT FROM machines m WHERE m.instance_id = a.instance_id AND m.attempt_number = a.number)
          LIMIT ${limit})`.execute(this.database);
    return Number(numAffectedRows);
  }

  deleteDeletedInstances(before: Date, limit: number): Promise<number> {
    return this.database.transaction().execute(async (transaction) => {
      // locked, so that nothing is added to them meanwhile
      const { rows } = await sql<{ id: string }>`
        SELECT id FROM instances i
        WHERE ${isOver(before)} AND NOT EXISTS (SELECT FROM events e WHERE e.instance_id = i.id)
        LIMIT ${limit} FOR UPDATE SKIP LOCKED`.execute(transaction);
      const ids = rows.map(({ id }) => id);
      if (ids.length === 0) return 0;
      await transaction.deleteFrom('idempotency_keys').where('instance_id', 'in', ids).execute();
      await transaction.deleteFrom('create_attempts').where('instance_id', 'in', ids).execute();
      // a machine that has come back meanwhile stays, so its instance cannot go: the transaction is undone, and the next run finds the others
      await transaction
        .deleteFrom('machines')
        .where('instance_id', 'in', ids)
        .where('gone_at', 'is not', null)
        .execute();
      await transaction.deleteFrom('instances').where('id', 'in', ids).execute();
      return ids.length;
    });
  }

  /** Only retention may delete events: the trigger looks for the setting that this transaction makes. */
  private deletingEvents(chosen: RawBuilder<unknown>): Promise<number> {
    return this.database.transaction().execute(async (transaction: Transaction<Tables>) => {
      await sql`SELECT set_config('novitai.retention', 'on', true)`.execute(transaction);
      const { numAffectedRows } = await sql`DELETE FROM events WHERE position IN (${chosen})`.execute(transaction);
      return Number(numAffectedRows);
    });
  }
}
