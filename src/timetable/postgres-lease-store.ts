import { sql } from 'kysely';
import type { Database } from '../database/pool.js';
import { JUMP_MS } from '../time/shared-clock.js';
import type { LeaseStore } from './lease-store.js';

/** The {@link LeaseStore} on PostgreSQL. */
export class PostgresLeaseStore implements LeaseStore {
  constructor(private readonly database: Database) {}

  async takeLease(name: string, holder: string, seconds: number): Promise<boolean> {
    // by the database's clock; a lease that ends impossibly late was taken before that clock was set back
    const { rows } = await sql`
      INSERT INTO leases (name, holder, expires_at) VALUES (${name}, ${holder}, now() + make_interval(secs => ${seconds}))
      ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
      WHERE leases.holder = excluded.holder OR leases.expires_at < now()
        OR leases.expires_at > now() + make_interval(secs => ${seconds + JUMP_MS / 1000})
      RETURNING name`.execute(this.database);
    return rows.length === 1;
  }

  async releaseLease(name: string, holder: string): Promise<void> {
    await this.database.deleteFrom('leases').where('name', '=', name).where('holder', '=', holder).execute();
  }
}
