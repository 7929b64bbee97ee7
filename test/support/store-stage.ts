import { sql, type Transaction } from 'kysely';
import { createDatabase, createPool, type Database } from '../../src/database/pool.js';
import type { Tables } from '../../src/database/tables.js';
import type { EventDraft } from '../../src/events/event-catalogue.js';
import type { Cause } from '../../src/vocabulary/principal.js';
import type { Snapshot, Instance } from '../../src/novita-instances/domain/instance.js';
import { newInstance } from '../../src/novita-instances/domain/commands.js';
import type { Change } from '../../src/novita-instances/store/instance-store.js';
import type { NudgeQueue } from '../../src/machines/store/nudge-queue.js';
import { Ids, systemRandom } from '../../src/time/ids.js';
import { aSpec, T0 } from './snapshot-builder.js';
import { createTestDatabase } from './test-database.js';
import { CoreStore, postgresCoreStore } from './core-store.js';

const CONNECTIONS = 5;

/** The stores on a database of their own, with a clock that the test moves. What is nudged is written into a table, in the same transaction. */
export class StoreStage {
  now = T0;
  readonly store: CoreStore;
  private readonly ids = new Ids({ now: () => this.now, monotonicMs: () => 0 }, systemRandom);

  private constructor(
    readonly database: Database,
    readonly url: string,
    private readonly drop: () => Promise<void>,
  ) {
    this.store = postgresCoreStore(
      database,
      queueInTable((instanceId) => instanceId),
      { now: () => this.now, monotonicMs: () => 0 },
    );
  }

  static async open(): Promise<StoreStage> {
    const testDatabase = await createTestDatabase();
    const { url } = testDatabase;
    const database = createDatabase(createPool({ url, maxConnections: CONNECTIONS, onIdleError: () => undefined }));
    await sql`CREATE TABLE nudged (instance_id text NOT NULL)`.execute(database);
    return new StoreStage(database, url, () => testDatabase.drop());
  }

  async close(): Promise<void> {
    await this.database.destroy();
    await this.drop();
  }

  newInstance(name: string, changes: Partial<Instance['spec']> = {}): Instance {
    return newInstance(`ins_${this.ids.ulid()}`, name, aSpec(changes), this.now);
  }

  /** A stored instance of this name; answers with its snapshot. */
  async made(name: string, changes: Partial<Instance['spec']> = {}): Promise<Snapshot> {
    const created = await this.store.create(this.newInstance(name, changes), [CREATED], null, BY_CALLER);
    if (created.kind !== 'created') throw new Error(`${name}: ${created.kind}`);
    return created.snapshot;
  }

  async snapshot(instanceId: string): Promise<Snapshot> {
    const snapshot = await this.store.load(instanceId);
    if (!snapshot) throw new Error(`there is no ${instanceId}`);
    return snapshot;
  }

  /** Commits a change to the newest snapshot; fails when it is refused. */
  async commit(instanceId: string, change: Partial<Change> & { instance?: Partial<Instance> }): Promise<Snapshot> {
    const { instance: before } = await this.snapshot(instanceId);
    const { instance, ...rest } = change;
    const done = await this.store.commit({ before, after: { ...before, ...instance }, actor: 'caller', ...rest });
    if (!done) throw new Error('the commit was refused');
    return this.snapshot(instanceId);
  }

  /** How often each instance was nudged since the last call. */
  async nudged(): Promise<string[]> {
    const { rows } = await sql<{ instance_id: string }>`DELETE FROM nudged RETURNING instance_id`.execute(
      this.database,
    );
    return rows.map(({ instance_id }) => instance_id);
  }

  /** Everything that lies in the database, as text. */
  async dump(): Promise<string> {
    const { rows } = await sql<{ name: string }>`
      SELECT table_schema || '.' || table_name AS name FROM information_schema.tables
      WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')`.execute(
      this.database,
    );
    const tables = await Promise.all(
      rows.map(({ name }) =>
        sql<{ text: string }>`SELECT t::text AS text FROM ${sql.table(name)} t`.execute(this.database),
      ),
    );
    return tables.flatMap((table) => table.rows.map(({ text }) => text)).join('\n');
  }
}

/** A queue that only writes down who was put into it: into the table `nudged`, in the same transaction. */
export const queueInTable = (entryOf: (instanceId: string) => string): NudgeQueue => {
  const enqueue = async (instanceId: string, transaction: Transaction<Tables>): Promise<void> => {
    await sql`INSERT INTO nudged VALUES (${entryOf(instanceId)})`.execute(transaction);
  };
  return {
    enqueue,
    enqueueAll: async (instanceIds, transaction) => {
      for (const id of instanceIds) await enqueue(id, transaction);
    },
  };
};

export const BY_CALLER: Cause = { actor: 'caller', requestId: null };

export const CREATED: EventDraft = { type: 'instance.created', data: { name: 'x', generation: 1 } };
