import { sql, type Kysely, type SelectQueryBuilder, type Selectable } from 'kysely';
import { jsonArrayFrom } from 'kysely/helpers/postgres';
import type { InstancesTable, Tables } from '../../database/tables.js';
import { Together } from '../../database/together.js';
import type { Facts } from '../domain/instance.js';
import type { InstanceQuery } from './instance-store.js';
import { fromAttemptRow, fromInstanceRow, fromMachineRow, type Sealer } from './instance.row.js';

type InstancesQuery = SelectQueryBuilder<Tables, 'instances', Selectable<InstancesTable>>;

/** Reads instances with everything known about them: by one statement, which sees one moment. */
export class FactsReader {
  /** A fleet is looked over in waves, and each statement costs as much as what it brings. */
  private readonly together = new Together(async (ids: string[]) => {
    const rows = await this.rowsOf(this.instances().where('id', '=', sql<string>`ANY(${ids})`));
    return new Map(rows.map((row) => [row.id, row]));
  });

  constructor(
    private readonly database: Kysely<Tables>,
    private readonly sealer: Sealer,
  ) {}

  async byId(instanceId: string): Promise<Facts | null> {
    const row = (await this.together.add(instanceId)).get(instanceId);
    // each for itself: one that cannot be opened is no trouble of the others
    return row ? this.toFacts(row) : null;
  }

  async byIds(instanceIds: string[]): Promise<Facts[]> {
    return instanceIds.length === 0 ? [] : this.factsOf(this.instances().where('id', 'in', instanceIds));
  }

  async byIdOrName(idOrName: string): Promise<Facts | null> {
    const [facts] = await this.factsOf(
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
    );
    return facts ?? null;
  }

  list({ status, name, region, labels, beforeId, limit }: InstanceQuery): Promise<Facts[]> {
    let query = this.instances().orderBy('id', 'desc').limit(limit);
    // deleted instances are history: shown only to those who ask for them
    query = status ? query.where('status', 'in', status) : query.where('deleted_at', 'is', null);
    if (name !== undefined) query = query.where('name', '=', name);
    if (region !== undefined) query = query.where('region_id', '=', region);
    if (labels) query = query.where(sql<boolean>`labels @> ${JSON.stringify(labels)}::jsonb`);
    if (beforeId !== undefined) query = query.where('id', '<', beforeId);
    return this.factsOf(query);
  }

  private instances(): InstancesQuery {
    return this.database.selectFrom('instances').selectAll('instances');
  }

  private async factsOf(query: InstancesQuery): Promise<Facts[]> {
    return (await this.rowsOf(query)).map((row) => this.toFacts(row));
  }

  private rowsOf(query: InstancesQuery) {
    return query
      .select((of) => [
        jsonArrayFrom(
          of
            .selectFrom('create_attempts')
            .selectAll('create_attempts')
            .whereRef('create_attempts.instance_id', '=', 'instances.id')
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
      ])
      .execute();
  }

  private toFacts({ attempts, machines, ...row }: Awaited<ReturnType<FactsReader['rowsOf']>>[number]): Facts {
    return {
      instance: fromInstanceRow(row, this.sealer),
      attempts: attempts.map(fromAttemptRow),
      machines: machines.map((machine) => fromMachineRow(machine, this.sealer)),
    };
  }
}
