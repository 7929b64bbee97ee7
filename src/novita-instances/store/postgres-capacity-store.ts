import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import type { Tables } from '../../database/tables.js';
import type { Sealer } from '../../secrets/sealing.js';
import { addSeconds } from '../../time/clock.js';
import type { Instance } from '../domain/instance.js';
import { TIMES_AHEAD_SECONDS, type CapacityStore, type Standing } from './capacity-store.js';
import { fromInstanceRow } from './instance.row.js';

/** The {@link CapacityStore} on PostgreSQL. */
export class PostgresCapacityStore implements CapacityStore {
  constructor(
    private readonly database: Kysely<Tables>,
    private readonly sealer: Sealer,
  ) {}

  async waitingForCapacity(limit: number): Promise<Instance[]> {
    const rows = await this.database
      .selectFrom('instances')
      .selectAll()
      .where('capacity_wait_since', 'is not', null)
      .where('deleted_at', 'is', null)
      .orderBy('capacity_wait_since')
      .orderBy('id')
      .limit(limit)
      .execute();
    // opening what is sealed costs more than all the rest, and no offer depends on it
    return rows.map((row) => fromInstanceRow({ ...row, sealed_envs: null }, this.sealer));
  }

  async claimCapacityLook(now: Date, everySeconds: number): Promise<boolean> {
    const { numUpdatedRows } = await this.database
      .updateTable('capacity_looks')
      .set({ looked_at: now, looks: sql<number>`looks + 1` })
      .where((where) =>
        where.or([
          where('looked_at', 'is', null),
          where('looked_at', '<=', addSeconds(now, -everySeconds)),
          where('looked_at', '>', addSeconds(now, TIMES_AHEAD_SECONDS)),
        ]),
      )
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  async standingOf({ id, projectId }: Pick<Instance, 'id' | 'projectId'>, since: Date): Promise<Standing> {
    const { rows } = await sql<Standing>`
      SELECT (SELECT count(*) FROM instances WHERE project_id = ${projectId} AND deleted_at IS NULL
          AND (capacity_wait_since, id) < (${since}, ${id}))::integer AS ahead,
        (SELECT looked_at FROM capacity_looks) AS "lookedAt"`.execute(this.database);
    return rows[0] ?? { ahead: 0, lookedAt: null };
  }
}
