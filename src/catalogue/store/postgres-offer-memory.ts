import { sql } from 'kysely';
import type { Database } from '../../database/pool.js';
import { offerKeyOf, type Learned } from '../domain/offer-memory.js';
import type { BillingMode } from '../../vocabulary/billing-mode.js';
import { fromMemoryRow, fromPullRow } from './offer-memory-statements.js';
import type { OfferMemoryStore } from './offer-memory-store.js';

/** The {@link OfferMemoryStore} on PostgreSQL. */
export class PostgresOfferMemory implements OfferMemoryStore {
  constructor(private readonly database: Database) {}

  /** Not cached: it is read for a create, and for a look at the offers, and an older answer would ask for what is out of stock. */
  async learned(image: string | null): Promise<Learned> {
    const [offers, pulls] = await Promise.all([
      this.database.selectFrom('offer_memory').selectAll().execute(),
      image === null ? [] : this.database.selectFrom('pull_memory').selectAll().where('image', '=', image).execute(),
    ]);
    return {
      offers: new Map(
        offers.map((row) => [
          offerKeyOf({
            productId: row.product_id,
            regionId: row.region_id,
            billingMode: row.billing_mode as BillingMode,
          }),
          fromMemoryRow(row),
        ]),
      ),
      pulls: new Map(pulls.map((row) => [row.region_id, fromPullRow(row)])),
    };
  }

  async deleteOldMemory(before: Date, limit: number): Promise<number> {
    let deleted = 0;
    for (const table of ['offer_memory', 'pull_memory'] as const) {
      // materialized: as a plain subquery it may be asked again for each row, and then its limit limits nothing
      const { numAffectedRows } = await sql`
        WITH old AS MATERIALIZED (
          SELECT ctid FROM ${sql.table(table)} WHERE learned_at < ${before} LIMIT ${limit - deleted} FOR UPDATE SKIP LOCKED)
        DELETE FROM ${sql.table(table)} WHERE ctid IN (SELECT ctid FROM old)`.execute(this.database);
      deleted += Number(numAffectedRows ?? 0n);
    }
    return deleted;
  }
}
