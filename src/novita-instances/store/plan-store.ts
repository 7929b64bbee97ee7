import { sql } from 'kysely';
import type { Database } from '../../database/pool.js';
import type { PriceUnits } from '../../money/price.js';

/** What is kept of a plan. */
export interface StoredPlan {
  id: string;
  projectId: string;
  /** Of the whole machine, in 1/100000 USD. Null: no offer could be bought. */
  pricePerHour: PriceUnits | null;
  createdAt: Date;
  expiresAt: Date;
}

/** The ceilings that plans have promised. */
export class PlanStore {
  constructor(private readonly database: Database) {}

  async add({ id, projectId, pricePerHour, createdAt, expiresAt }: StoredPlan): Promise<void> {
    const times = { created_at: createdAt, expires_at: expiresAt };
    await this.database
      .insertInto('plans')
      .values({ id, project_id: projectId, price_per_hour: pricePerHour, ...times })
      .execute();
  }

  /** Null: there is no such plan, or it is another project's. */
  async find(id: string, projectId: string): Promise<StoredPlan | null> {
    const row = await this.database
      .selectFrom('plans')
      .selectAll()
      .where('id', '=', id)
      .where('project_id', '=', projectId)
      .executeTakeFirst();
    if (!row) return null;
    const { price_per_hour: pricePerHour, created_at: createdAt, expires_at: expiresAt } = row;
    return { id, projectId, pricePerHour, createdAt, expiresAt };
  }

  /** @returns how many were deleted, `limit` at most */
  async deleteExpired(before: Date, limit: number): Promise<number> {
    const { numAffectedRows } = await sql`
      WITH old AS MATERIALIZED (SELECT id FROM plans WHERE expires_at < ${before} LIMIT ${limit})
      DELETE FROM plans WHERE id IN (SELECT id FROM old)`.execute(this.database);
    return Number(numAffectedRows ?? 0n);
  }
}
