import type { Database } from '../../database/pool.js';

/** The labels of instances, for rooms below that filter events by them. They never change after create. */
export class InstanceLabels {
  constructor(private readonly database: Database) {}

  /** By id. Instances that do not exist are missing. */
  async of(instanceIds: readonly string[]): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> {
    const rows = await this.database
      .selectFrom('instances')
      .select(['id', 'labels'])
      .where('id', 'in', [...instanceIds])
      .execute();
    return new Map(rows.map(({ id, labels }) => [id, labels]));
  }
}
