import { sql, type Kysely, type RawBuilder, type Selectable, type SelectQueryBuilder, type SqlBool } from 'kysely';
import { jsonArrayFrom } from 'kysely/helpers/postgres';
import type { InstancesTable, Tables } from '../../database/tables.js';
import { StatementBatcher } from '../../database/statement-batcher.js';
import { SHOWN_ATTEMPTS, type Snapshot } from '../domain/instance.js';
import type { InstancePage, InstanceQuery } from './instance-store.js';
import { fromAttemptRow, fromInstanceRow } from './instance.row.js';
import { fromMachineRow } from '../../machines/store/machine.row.js';
import type { Sealer } from '../../secrets/sealing.js';

type InstancesQuery = SelectQueryBuilder<Tables, 'instances', Selectable<InstancesTable>>;

/**
 * What of the rows of one page is brought, at most, but for its first row. Usual instances have a kilobyte or two; of the largest that
 * callers may make, a dozen fit.
 */
const PAGE_BYTES = 1024 * 1024;

/** The parts of a row that callers can make large. */
const STORED_BYTES = sql<number>`coalesce(octet_length(sealed_envs), 0) + octet_length(spec::text) + octet_length(progress::text)`;

const conditionsOf = ({ status, name, region, labels, beforeId }: InstanceQuery): RawBuilder<SqlBool>[] => [
  // deleted instances are history: shown only to those who ask for them
  status ? sql`status = ANY(${status})` : sql`deleted_at IS NULL`,
  ...(name === undefined ? [] : [sql<SqlBool>`name = ${name}`]),
  ...(region === undefined ? [] : [sql<SqlBool>`region_id = ${region}`]),
  ...(labels ? [sql<SqlBool>`labels @> ${JSON.stringify(labels)}::jsonb`] : []),
  ...(beforeId === undefined ? [] : [sql<SqlBool>`id < ${beforeId}`]),
];

const IS_ANY = sql<SqlBool>`true`;

/** The attempts of {@link SHOWN_ATTEMPTS}. */
const IS_SHOWN = sql<SqlBool>`(
  create_attempts.number > (SELECT max(number) FROM create_attempts WHERE instance_id = instances.id) - ${sql.lit(SHOWN_ATTEMPTS)}
  OR create_attempts.state IN ('SENDING', 'AMBIGUOUS')
  OR create_attempts.machine_id = instances.machine_id
  OR create_attempts.number IN (SELECT attempt_number FROM machines WHERE instance_id = instances.id AND gone_at IS NULL))`;

/** Reads instances with everything known about them: by one statement, which sees one moment. */
export class SnapshotReader {
  /** A fleet is looked over in waves, and each statement costs as much as what it brings. */
  private readonly together = new StatementBatcher(async (ids: string[]) => {
    const rows = await this.rowsOf(this.instances().where('id', '=', sql<string>`ANY(${ids})`));
    return new Map(rows.map((row) => [row.id, row]));
  });

  constructor(
    private readonly database: Kysely<Tables>,
    private readonly sealer: Sealer,
  ) {}

  async byId(instanceId: string): Promise<Snapshot | null> {
    const row = (await this.together.add(instanceId)).get(instanceId);
    // each for itself: one that cannot be opened is no trouble of the others
    return row ? this.toSnapshot(row) : null;
  }

  async byIds(instanceIds: string[]): Promise<Snapshot[]> {
    return instanceIds.length === 0 ? [] : this.snapshotsOf(this.instances().where('id', 'in', instanceIds));
  }

  async byIdOrName(idOrName: string): Promise<Snapshot | null> {
    const [snapshot] = await this.snapshotsOf(
      this.instances()
        .where((where) =>
          where.or([
            where('id', '=', idOrName),
            where.and([where('name', '=', idOrName), where('deleted_at', 'is', null)]),
          ]),
        )
        // an id is nobody's name, but a name may look like anything: the id wins
        .orderBy(sql`id = ${idOrName}`, 'desc')
        .limit(1),
      IS_SHOWN,
    );
    return snapshot ?? null;
  }

  /** Two statements: the first one finds out how many fit into a page. What it says of them the second one looks up anew. */
  async list(query: InstanceQuery): Promise<InstancePage> {
    const matching = this.database
      .selectFrom('instances')
      .where((where) => where.and(conditionsOf(query)))
      .orderBy('id', 'desc');
    const sizes = await matching
      .select(STORED_BYTES.as('bytes'))
      .limit(query.limit + 1)
      .execute();
    let bytes = 0;
    // the first of them always fits
    const fitting = sizes.slice(0, query.limit).filter((size, at) => (bytes += size.bytes) <= PAGE_BYTES || at === 0);
    const snapshots = await this.snapshotsOf(matching.selectAll('instances').limit(fitting.length), IS_SHOWN);
    return { snapshots, hasMore: sizes.length > fitting.length };
  }

  private instances(): InstancesQuery {
    return this.database.selectFrom('instances').selectAll('instances');
  }

  private async snapshotsOf(query: InstancesQuery, ofAttempts = IS_ANY): Promise<Snapshot[]> {
    return (await this.rowsOf(query, ofAttempts)).map((row) => this.toSnapshot(row));
  }

  private rowsOf(query: InstancesQuery, ofAttempts = IS_ANY) {
    return query
      .select((of) => [
        jsonArrayFrom(
          of
            .selectFrom('create_attempts')
            .selectAll('create_attempts')
            .whereRef('create_attempts.instance_id', '=', 'instances.id')
            .where(ofAttempts)
            .orderBy('number'),
        ).as('attempts'),
        jsonArrayFrom(
          of
            .selectFrom('machines')
            .selectAll('machines')
            .whereRef('machines.instance_id', '=', 'instances.id')
            .orderBy('first_seen_at')
            .orderBy('machines.machine_id'),
        ).as('machines'),
        jsonArrayFrom(
          of
            .selectFrom('reconcile_troubles')
            .select(['tries', 'since', 'reference'])
            .whereRef('reconcile_troubles.instance_id', '=', 'instances.id'),
        ).as('troubles'),
      ])
      .execute();
  }

  private toSnapshot({
    attempts,
    machines,
    troubles: [trouble],
    ...row
  }: Awaited<ReturnType<SnapshotReader['rowsOf']>>[number]): Snapshot {
    return {
      instance: fromInstanceRow(row, this.sealer),
      attempts: attempts.map(fromAttemptRow),
      machines: machines.map((machine) => fromMachineRow(machine, this.sealer)),
      ...(trouble && { trouble: { ...trouble, since: new Date(trouble.since) } }),
    };
  }
}
