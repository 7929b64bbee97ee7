import { sql, type Kysely, type Selectable } from 'kysely';
import type { InstancesTable, Tables } from '../../database/tables.js';
import type { Facts } from '../domain/instance.js';
import type { InstanceQuery } from './instance-store.js';
import { fromAttemptRow, fromInstanceRow, fromMachineRow, type Sealer } from './instance.row.js';

/** Reads instances with everything known about them. */
export class FactsReader {
  constructor(
    private readonly database: Kysely<Tables>,
    private readonly sealer: Sealer,
  ) {}

  async byId(instanceId: string): Promise<Facts | null> {
    const row = await this.database.selectFrom('instances').selectAll().where('id', '=', instanceId).executeTakeFirst();
    return row ? ((await this.withDetails([row]))[0] ?? null) : null;
  }

  async byIds(instanceIds: string[]): Promise<Facts[]> {
    if (instanceIds.length === 0) return [];
    return this.withDetails(
      await this.database.selectFrom('instances').selectAll().where('id', 'in', instanceIds).execute(),
    );
  }

  async byIdOrName(idOrName: string): Promise<Facts | null> {
    const row = await this.database
      .selectFrom('instances')
      .selectAll()
      .where((where) =>
        where.or([
          where('id', '=', idOrName),
          where.and([where('name', '=', idOrName), where('deleted_at', 'is', null)]),
        ]),
      )
      // an id is nobody's name, but a name may look like anything: the id wins
      .orderBy(sql`id = ${idOrName}`, 'desc')
      .limit(1)
      .executeTakeFirst();
    return row ? ((await this.withDetails([row]))[0] ?? null) : null;
  }

  async list({ status, name, region, labels, beforeId, limit }: InstanceQuery): Promise<Facts[]> {
    let query = this.database.selectFrom('instances').selectAll().orderBy('id', 'desc').limit(limit);
    // deleted instances are history: shown only to those who ask for them
    query = status ? query.where('status', 'in', status) : query.where('deleted_at', 'is', null);
    if (name !== undefined) query = query.where('name', '=', name);
    if (region !== undefined) query = query.where('region_id', '=', region);
    if (labels) query = query.where(sql<boolean>`labels @> ${JSON.stringify(labels)}::jsonb`);
    if (beforeId !== undefined) query = query.where('id', '<', beforeId);
    return this.withDetails(await query.execute());
  }

  private async withDetails(rows: Selectable<InstancesTable>[]): Promise<Facts[]> {
    const ids = rows.map(({ id }) => id);
    if (ids.length === 0) return [];
    const [attempts, machines] = await Promise.all([
      this.database
        .selectFrom('create_attempts')
        .selectAll()
        .where('instance_id', 'in', ids)
        .orderBy('number')
        .execute(),
      this.database
        .selectFrom('machines')
        .selectAll()
        .where('instance_id', 'in', ids)
        .orderBy('first_seen_at')
        .execute(),
    ]);
    return rows.map((row) => ({
      instance: fromInstanceRow(row, this.sealer),
      attempts: attempts.filter(({ instance_id }) => instance_id === row.id).map(fromAttemptRow),
      machines: machines
        .filter(({ instance_id }) => instance_id === row.id)
        .map((machine) => fromMachineRow(machine, this.sealer)),
    }));
  }
}
