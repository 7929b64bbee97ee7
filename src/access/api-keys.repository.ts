import { sql, type Insertable, type Selectable } from 'kysely';
import type { Database } from '../database/pool.js';
import type { ApiKeysTable } from '../database/tables.js';
import { appendEvents } from '../events/event-log.js';
import type { EventDraft } from '../events/event-catalogue.js';
import type { Cause } from '../vocabulary/principal.js';
import type { Within } from '../vocabulary/project.js';
import { isScope } from '../vocabulary/scope.js';
import type { ApiKey } from './api-key.js';

/** A change of a key, with the event that tells it. */
export interface KeyChange {
  set: Partial<Pick<ApiKey, 'secretHash' | 'previous' | 'revokedAt'>>;
  event: EventDraft<'key'>;
}

/** The API keys in the database. Rows are never deleted: while there is one, the service is not open to requests without a key. */
export class ApiKeysRepository {
  constructor(private readonly database: Database) {}

  async all(): Promise<ApiKey[]> {
    return (await this.database.selectFrom('api_keys').selectAll().execute()).map(fromRow);
  }

  /** Newest first. */
  async page({ within, limit, beforeId }: { within: Within; limit: number; beforeId?: string }): Promise<ApiKey[]> {
    let keys = this.database.selectFrom('api_keys').selectAll().orderBy('id', 'desc').limit(limit);
    if (within !== null) keys = keys.where('project_id', '=', within);
    if (beforeId !== undefined) keys = keys.where('id', '<', beforeId);
    return (await keys.execute()).map(fromRow);
  }

  async find(id: string): Promise<ApiKey | null> {
    const row = await this.database.selectFrom('api_keys').selectAll().where('id', '=', id).executeTakeFirst();
    return row ? fromRow(row) : null;
  }

  /** Whether there is or was a key. */
  async hasAny(): Promise<boolean> {
    return (await this.database.selectFrom('api_keys').select('id').limit(1).execute()).length > 0;
  }

  /** Does nothing when there is or was a key: replicas that start at once make one. */
  async createFirst(key: ApiKey, cause: Cause): Promise<void> {
    await this.database.transaction().execute(async (transaction) => {
      // other writers wait, readers do not
      await sql`LOCK TABLE api_keys IN SHARE ROW EXCLUSIVE MODE`.execute(transaction);
      const known = await transaction.selectFrom('api_keys').select('id').limit(1).execute();
      if (known.length > 0) return;
      await transaction
        .insertInto('api_keys')
        .values({ ...toRow(key), last_event_seq: 1 })
        .execute();
      await appendEvents(
        transaction,
        { subject: { kind: 'key', id: key.id }, lastSeq: 0, at: key.createdAt, ...cause },
        [{ type: 'key.created', data: { name: key.name, scopes: [...key.scopes] } }],
      );
    });
  }

  /** @returns false when a key that is not revoked has the name */
  async create(key: ApiKey, event: EventDraft<'key'>, cause: Cause): Promise<boolean> {
    return this.database.transaction().execute(async (transaction) => {
      const { numInsertedOrUpdatedRows: inserted } = await transaction
        .insertInto('api_keys')
        .values({ ...toRow(key), last_event_seq: 1 })
        .onConflict((conflict) => conflict.column('name').where('revoked_at', 'is', null).doNothing())
        .executeTakeFirstOrThrow();
      if (!inserted) return false;
      const subject = { kind: 'key', id: key.id } as const;
      const { createdAt: at, projectId } = key;
      await appendEvents(transaction, { subject, lastSeq: 0, at, projectId, ...cause }, [event]);
      return true;
    });
  }

  /**
   * Changes one key, which is locked meanwhile.
   * @param decide is given the key as it is; null changes nothing
   * @returns the key as it is then; null: there is none with this id
   */
  async change(id: string, decide: (key: ApiKey) => KeyChange | null, at: Date, cause: Cause): Promise<ApiKey | null> {
    return this.database.transaction().execute(async (transaction) => {
      const row = await transaction
        .selectFrom('api_keys')
        .selectAll()
        .where('id', '=', id)
        .forUpdate()
        .executeTakeFirst();
      if (!row) return null;
      const key = fromRow(row);
      const change = decide(key);
      if (!change) return key;
      const changed = { ...key, ...change.set };
      await transaction
        .updateTable('api_keys')
        .set({ ...toRow(changed), last_event_seq: row.last_event_seq + 1 })
        .where('id', '=', id)
        .execute();
      const subject = { kind: 'key', id } as const;
      const { projectId } = key;
      await appendEvents(transaction, { subject, lastSeq: row.last_event_seq, at, projectId, ...cause }, [
        change.event,
      ]);
      return changed;
    });
  }

  async recordUse(ids: readonly string[], at: Date): Promise<void> {
    await this.database
      .updateTable('api_keys')
      .set({ last_used_at: at })
      .where('id', 'in', [...ids])
      .execute();
  }
}

const toRow = (key: ApiKey): Omit<Insertable<ApiKeysTable>, 'last_event_seq'> => ({
  id: key.id,
  name: key.name,
  project_id: key.projectId,
  scopes: [...key.scopes],
  secret_hash: key.secretHash,
  previous_hash: key.previous?.secretHash ?? null,
  previous_until: key.previous?.until ?? null,
  created_at: key.createdAt,
  expires_at: key.expiresAt,
  revoked_at: key.revokedAt,
  last_used_at: key.lastUsedAt,
});

const fromRow = (row: Selectable<ApiKeysTable>): ApiKey => ({
  id: row.id,
  name: row.name,
  projectId: row.project_id,
  // a newer release may have given scopes that this one does not know, and has no routes for
  scopes: row.scopes.filter(isScope),
  secretHash: row.secret_hash,
  previous:
    row.previous_hash && row.previous_until ? { secretHash: row.previous_hash, until: row.previous_until } : null,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  revokedAt: row.revoked_at,
  lastUsedAt: row.last_used_at,
});
