import {
  expressionBuilder,
  sql,
  type InferResult,
  type Kysely,
  type RawBuilder,
  type Selectable,
  type SelectQueryBuilder,
  type SqlBool,
} from 'kysely';
import { jsonArrayFrom } from 'kysely/helpers/postgres';
import type { InstancesTable, Tables } from '../../database/tables.js';
import { StatementBatcher } from '../../database/statement-batcher.js';
import { SHOWN_ATTEMPTS, type Snapshot } from '../domain/instance.js';
import type { InstancePage, InstanceQuery } from './instance-store.js';
import { fromAttemptRow, fromInstanceRow } from './instance.row.js';
import { fromMachineRow } from '../../machines/store/machine.row.js';
import { DEFAULT_PROJECT_ID, type Within } from '../../vocabulary/project.js';
import type { Sealer } from '../../secrets/sealing.js';

type InstancesQuery = SelectQueryBuilder<Tables, 'instances', Selectable<InstancesTable>>;

/**
 * What of the rows of one page is brought, at most, but for its first row. Usual instances have a kilobyte or two; of the largest that
 * callers may make, a dozen fit.
 */
const PAGE_BYTES = 1024 * 1024;

/** The parts of a row that callers can make large. */
const STORED_BYTES = sql<number>`coalesce(octet_length(sealed_envs), 0) + octet_length(spec::text) + octet_length(progress::text)`;

/** Answers do not wait behind a statement that takes longer, such as one on a connection that is gone. */
const OVERTAKEN_AFTER_MS = 100;

const conditionsOf = ({ within, status, name, region, labels, beforeId }: InstanceQuery): RawBuilder<SqlBool>[] => [
  // deleted instances are history: shown only to those who ask for them
  status ? sql`status = ANY(${status})` : sql`deleted_at IS NULL`,
  ...(within === null ? [] : [sql<SqlBool>`project_id = ${within}`]),
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

/** What a caller asks for, and the project of its key. */
interface Asked {
  idOrName: string;
  within: Within;
}

const keyOf = (idOrName: string, within: Within): string => `${within ?? ''}\n${idOrName}`;

/** A name may look like an id. Then the id wins. */
const IS_ID_ASKED_FOR = sql<SqlBool>`instances.id = given.asked`;

/** Names are looked for in one project: that of the key, or the default project. */
const IS_ASKED_FOR = sql<SqlBool>`(
  ${IS_ID_ASKED_FOR} AND (given.within IS NULL OR project_id = given.within)
  OR name = given.asked AND deleted_at IS NULL AND project_id = coalesce(given.within, ${sql.lit(DEFAULT_PROJECT_ID)}))`;

/** What is known about an instance beside its row. */
const everythingOf = (ofAttempts: RawBuilder<SqlBool>) => {
  const of = expressionBuilder<Tables, 'instances'>();
  return [
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
  ] as const;
};

const withEverything = (query: InstancesQuery, ofAttempts: RawBuilder<SqlBool>) =>
  query.select(everythingOf(ofAttempts));

type SnapshotRow = InferResult<ReturnType<typeof withEverything>>[number];

/** Reads instances with everything known about them: by one statement, which sees one moment. */
export class SnapshotReader {
  /** A fleet is looked over in waves, and each statement costs as much as what it brings. */
  private readonly together = new StatementBatcher(async (ids: string[]) => {
    const rows = await withEverything(this.instances().where('id', '=', sql<string>`ANY(${ids})`), IS_ANY).execute();
    return new Map(rows.map((row) => [row.id, row]));
  });

  /** Requests for single instances, which come from many callers at once. */
  private readonly asked = new StatementBatcher(
    async (asked: Asked[]) => {
      const each = [...new Map(asked.map((one) => [keyOf(one.idOrName, one.within), one])).values()];
      const rows = await this.database
        .selectFrom(
          sql<{ asked: string; within: string | null }>`unnest(
          ${each.map(({ idOrName }) => idOrName)}::text[], ${each.map(({ within }) => within)}::text[])`.as<'given'>(
            sql`given (asked, within)`,
          ),
        )
        .innerJoinLateral(
          withEverything(this.instances().where(IS_ASKED_FOR).orderBy(IS_ID_ASKED_FOR, 'desc').limit(1), IS_SHOWN).as(
            'found',
          ),
          (join) => join.onTrue(),
        )
        .selectAll('found')
        .select(['given.asked', 'given.within'])
        .execute();
      return new Map(rows.map(({ asked: idOrName, within, ...row }) => [keyOf(idOrName, within), row]));
    },
    { overtakenAfterMs: OVERTAKEN_AFTER_MS },
  );

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

  async byIdOrName(idOrName: string, within: Within): Promise<Snapshot | null> {
    const row = (await this.asked.add({ idOrName, within })).get(keyOf(idOrName, within));
    return row ? this.toSnapshot(row) : null;
  }

  async list(query: InstanceQuery): Promise<InstancePage> {
    const rows = await this.fitting(query).select(everythingOf(IS_SHOWN)).execute();
    return {
      snapshots: rows.map((row) => this.toSnapshot(row)),
      hasMore: (rows[0]?.matching ?? 0) > rows.length,
    };
  }

  /** The first of those asked for: as many as may be on a page and as fit in its bytes. The first one always fits. */
  private fitting(query: InstanceQuery) {
    const { limit } = query;
    const measured = this.database
      .selectFrom('instances')
      .select(['id', STORED_BYTES.as('bytes')])
      .where((where) => where.and(conditionsOf(query)))
      .orderBy('id', 'desc')
      // one more than a page has shows whether there are more
      .limit(limit + 1);
    const placed = this.database.selectFrom(measured.as('measured')).select([
      'id',
      sql<number>`row_number() OVER (ORDER BY id DESC)`.as('place'),
      sql<number>`sum(bytes) OVER (ORDER BY id DESC)`.as('bytes'),
      // of a limited number of rows: fits a number
      sql<number>`(count(*) OVER ())::integer`.as('matching'),
    ]);
    return this.instances()
      .innerJoin(placed.as('page'), 'page.id', 'instances.id')
      .select('page.matching')
      .where('page.place', '<=', limit)
      .where((where) => where.or([where('page.bytes', '<=', PAGE_BYTES), where('page.place', '=', 1)]))
      .orderBy('instances.id', 'desc');
  }

  private instances(): InstancesQuery {
    return this.database.selectFrom('instances').selectAll('instances');
  }

  private async snapshotsOf(query: InstancesQuery, ofAttempts = IS_ANY): Promise<Snapshot[]> {
    return (await withEverything(query, ofAttempts).execute()).map((row) => this.toSnapshot(row));
  }

  private toSnapshot({ attempts, machines, troubles: [trouble], ...row }: SnapshotRow): Snapshot {
    return {
      instance: fromInstanceRow(row, this.sealer),
      attempts: attempts.map(fromAttemptRow),
      machines: machines.map((machine) => fromMachineRow(machine, this.sealer)),
      ...(trouble && { trouble: { ...trouble, since: new Date(trouble.since) } }),
    };
  }
}
