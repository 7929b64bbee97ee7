import { sql, type Kysely, type Transaction } from 'kysely';
import { isLimited, type Limits } from '../../vocabulary/limits.js';
import { lockLimits } from '../../access/projects.js';
import type { Tables } from '../../database/tables.js';
import { DomainError } from '../../errors/domain-error.js';
import type { Instance } from '../domain/instance.js';
import { excess, UNPAID_STATES, type Usage } from '../domain/quota.js';

/** Holds the limits of projects and of the whole service. A transaction that passes keeps the locks until it ends. */
export class Quotas {
  constructor(private readonly ofService: Limits) {}

  /**
   * Must be the first statement of the transaction.
   * @param wanted what the instance may have and cost after the transaction
   * @throws DomainError QUOTA_EXCEEDED
   */
  async check(transaction: Transaction<Tables>, { id, projectId }: Instance, wanted: Usage): Promise<void> {
    if (isLimited(this.ofService)) {
      await sql`SELECT 1 FROM deployment FOR NO KEY UPDATE`.execute(transaction);
      assertWithin('service', this.ofService, await usageBeside(transaction, id, null), wanted);
    }
    const limits = await lockLimits(transaction, projectId);
    if (!isLimited(limits)) return;
    assertWithin('project', limits, await usageBeside(transaction, id, projectId), wanted);
  }
}

/** @throws DomainError QUOTA_EXCEEDED */
export const assertWithin = (whose: string, limits: Limits, others: Usage, wanted: Usage): void => {
  const why = excess(whose, limits, others, wanted);
  if (why !== null) throw new DomainError('QUOTA_EXCEEDED', why);
};

/**
 * What all instances but one have and cost, of a project or of all. Sums what `pricePerHour` of domain/quota.ts says of each, without
 * reading the instances.
 */
const usageBeside = async (database: Kysely<Tables>, instanceId: string, projectId: string | null): Promise<Usage> => {
  const { rows } = await sql<Usage>`
    SELECT count(*)::integer AS instances, coalesce(sum(gpus * greatest(
        machines + creates,
        CASE WHEN is_wanted THEN slots * coalesce(bound, expected / gpus, 0) ELSE 0 END)), 0)::bigint AS "pricePerHour"
    FROM (
      SELECT
        (spec ->> 'gpuNum')::integer AS gpus,
        desired = 'running' AND coalesce(jsonb_typeof(progress -> 'failure'), 'null') = 'null' AS is_wanted,
        CASE WHEN replacement ->> 'phase' = 'placing' AND NOT EXISTS (
            SELECT 1 FROM machines WHERE instance_id = instances.id AND machines.machine_id = instances.machine_id
              AND gone_at IS NULL AND machines.state = ANY (${[...UNPAID_STATES]}::text[]))
          THEN 2 ELSE 1 END AS slots,
        (progress ->> 'expectedPricePerHour')::numeric AS expected,
        (SELECT (offer ->> 'pricePerGpuHour')::numeric FROM machines JOIN create_attempts USING (instance_id)
          WHERE instance_id = instances.id AND machines.machine_id = instances.machine_id
            AND create_attempts.number = machines.attempt_number) AS bound,
        (SELECT coalesce(sum((offer ->> 'pricePerGpuHour')::numeric), 0) FROM create_attempts
          WHERE instance_id = instances.id AND state IN ('SENDING', 'AMBIGUOUS')) AS creates,
        (SELECT coalesce(sum((offer ->> 'pricePerGpuHour')::numeric), 0)
          FROM machines JOIN create_attempts USING (instance_id)
          WHERE instance_id = instances.id AND create_attempts.number = machines.attempt_number AND gone_at IS NULL
            AND machines.state <> ALL (${[...UNPAID_STATES]}::text[])) AS machines
      FROM instances
      WHERE deleted_at IS NULL AND id <> ${instanceId} AND (${projectId}::text IS NULL OR project_id = ${projectId})
    ) AS each_instance`.execute(database);
  return rows[0] ?? { instances: 0, pricePerHour: 0 };
};
