import { sql } from 'kysely';
import type { Database } from '../../database/pool.js';
import type { ReconcileTrouble } from '../domain/reconcile-trouble.js';

/** Which instances cannot be reconciled. Asks for nothing that a damaged row or a bug could keep it from. */
export class ReconcileTroubles {
  constructor(private readonly database: Database) {}

  /** One more pass has thrown. `reference` names its line in the log. Null: there is no such instance. */
  async record(instanceId: string, reference: string, at: Date): Promise<ReconcileTrouble | null> {
    const recorded = await this.database
      .insertInto('reconcile_troubles')
      .columns(['instance_id', 'tries', 'since', 'reference'])
      .expression((from) =>
        from
          .selectFrom('instances')
          .where('id', '=', instanceId)
          .select((row) => ['id', row.lit(1).as('tries'), row.val(at).as('since'), row.val(reference).as('reference')]),
      )
      .onConflict((conflict) =>
        conflict
          .column('instance_id')
          .doUpdateSet({ tries: sql`reconcile_troubles.tries + 1`, reference: sql`excluded.reference` }),
      )
      .returning(['tries', 'since', 'reference'])
      .executeTakeFirst();
    return recorded ?? null;
  }

  /** A pass has come to its end. False: somebody else has said so. */
  async clear(instanceId: string): Promise<boolean> {
    const { numDeletedRows } = await this.database
      .deleteFrom('reconcile_troubles')
      .where('instance_id', '=', instanceId)
      .executeTakeFirst();
    return numDeletedRows > 0n;
  }

  /** Instances that failed so many passes in a row. */
  async count(leastTries: number): Promise<number> {
    const { count } = await this.database
      .selectFrom('reconcile_troubles')
      .where('tries', '>=', leastTries)
      .select((of) => of.fn.countAll<string>().as('count'))
      .executeTakeFirstOrThrow();
    return Number(count);
  }
}
