import { sql } from 'kysely';
import type { Database } from '../database/pool.js';
import type { MachineMake } from '../machines/domain/machine.js';

/** Machines that are there, and what they cost together, in 1/100000 USD per hour. */
export interface HeldFigures {
  machines: number;
  pricePerHour: number;
}

/** Foreign machines of one make: what they cost, only the catalogue tells. */
export interface ForeignFigures {
  make: Pick<MachineMake, 'productId' | 'clusterId' | 'billingMode' | 'gpuNum'>;
  machines: number;
  /** Of them, those that are not stopped. */
  charged: number;
}

export interface DeleteFigures {
  /** Deletes that were asked for, or decided, and are not proved. */
  pending: number;
  /** Of them, those older than was asked. */
  overdue: number;
  oldestAt: Date | null;
}

/** What can be cast to a time: a damaged row must not take the figures of all others down. */
const ISO_TIME = '^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])T([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d+)?Z$';

/** Sums over the fleet for those who watch it. Each costs one walk through what lives, never through history. */
export class FleetFigures {
  constructor(private readonly database: Database) {}

  async held(): Promise<HeldFigures> {
    const { rows } = await sql<{ machines: number; price: number }>`
      SELECT count(*) AS machines,
             coalesce(sum(CASE WHEN jsonb_typeof(a.offer->'pricePerGpuHour') = 'number' AND jsonb_typeof(i.spec->'gpuNum') = 'number'
                               -- a damaged row must not take the figures of all others down
                               THEN (a.offer->>'pricePerGpuHour')::numeric * (i.spec->>'gpuNum')::numeric END)
                      FILTER (WHERE m.state NOT IN ('exited', 'removed')), 0)::bigint AS price
        FROM machines m
        JOIN instances i ON i.id = m.instance_id AND i.machine_id = m.machine_id
        LEFT JOIN create_attempts a ON a.instance_id = m.instance_id AND a.number = m.attempt_number
       WHERE m.gone_at IS NULL`.execute(this.database);
    return { machines: rows[0]?.machines ?? 0, pricePerHour: rows[0]?.price ?? 0 };
  }

  /** By make, but for those that carry a tag in their environment: they are few, and judged one by one. An account with thousands of strangers has few makes of them. */
  async foreign(): Promise<ForeignFigures[]> {
    const { rows } = await sql<ForeignFigures>`
      SELECT jsonb_build_object('productId', make->'productId', 'clusterId', make->'clusterId',
                                'billingMode', make->'billingMode', 'gpuNum', make->'gpuNum') AS make,
             count(*) AS machines,
             count(*) FILTER (WHERE observation->>'state' NOT IN ('exited', 'removed')) AS charged
        FROM strangers s
       WHERE instance_id IS NULL AND env_instance_id IS NULL
         AND NOT EXISTS (SELECT FROM machines m WHERE m.machine_id = s.machine_id AND m.gone_at IS NULL)
       GROUP BY 1`.execute(this.database);
    return rows;
  }

  /** Instances that are not deleted, by the status that they were last told to have. */
  async statuses(): Promise<ReadonlyMap<string, number>> {
    const { rows } = await sql<{ status: string; instances: number }>`
      SELECT status, count(*) AS instances FROM instances WHERE deleted_at IS NULL GROUP BY status`.execute(
      this.database,
    );
    return new Map(rows.map(({ status, instances }) => [status, instances]));
  }

  /** Of instances; of machines that an instance lets go; and of machines that appeared when their instance was deleted. */
  async deletes(overdueBefore: Date): Promise<DeleteFigures> {
    const { rows } = await sql<{ pending: number; overdue: number; oldest: Date | null }>`
      SELECT count(*) AS pending, count(*) FILTER (WHERE asked_at < ${overdueBefore}) AS overdue, min(asked_at) AS oldest
        FROM (
          SELECT CASE WHEN progress->>'wantedAt' ~ ${ISO_TIME} THEN (progress->>'wantedAt')::timestamptz ELSE updated_at END AS asked_at
            FROM instances
           WHERE deleted_at IS NULL AND desired = 'deleted'
          UNION ALL
          SELECT m.condemned_at FROM machines m JOIN instances i ON i.id = m.instance_id
           WHERE m.gone_at IS NULL AND m.condemned_at IS NOT NULL AND i.desired <> 'deleted'
          UNION ALL
          SELECT greatest(m.first_seen_at, i.deleted_at) FROM machines m JOIN instances i ON i.id = m.instance_id
           WHERE m.gone_at IS NULL AND i.deleted_at IS NOT NULL
        ) deletes`.execute(this.database);
    return { pending: rows[0]?.pending ?? 0, overdue: rows[0]?.overdue ?? 0, oldestAt: rows[0]?.oldest ?? null };
  }
}
