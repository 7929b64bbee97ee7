import { sql, type Kysely, type Selectable } from 'kysely';
import type { StrangersTable, Tables } from '../../database/tables.js';
import { decodeMake, decodeObservation } from './decode-machine.js';
import type { FleetMember, FleetSort, KnownStranger } from './machine-store.js';

/**
 * The fleet in the order of machine ids, a page at a time. Each half brings no more than the page by its own index, and the
 * database alone compares ids: its order need not be that of JavaScript.
 */
export const fleetAfter = async (
  database: Kysely<Tables>,
  machineId: string,
  sorts: FleetSort[],
  limit: number,
): Promise<FleetMember[]> => {
  const { rows } = await sql<{ machine_id: string; instance_id: string | null }>`
    SELECT machine_id, instance_id FROM (
      (SELECT m.machine_id, m.instance_id FROM machines m JOIN instances i ON i.id = m.instance_id
        WHERE m.gone_at IS NULL AND m.machine_id > ${machineId}
          AND (CASE WHEN i.machine_id = m.machine_id THEN 'held' ELSE 'surplus' END) = ANY (${sorts})
        ORDER BY m.machine_id LIMIT ${limit})
      UNION ALL
      (SELECT s.machine_id, NULL FROM strangers s
        WHERE s.machine_id > ${machineId}
          AND (CASE WHEN s.instance_id IS NOT NULL THEN 'lost' WHEN s.env_instance_id IS NOT NULL THEN 'suspect' ELSE 'foreign' END) = ANY (${sorts})
          -- one that has become ours since it was a stranger is ours
          AND NOT EXISTS (SELECT FROM machines m WHERE m.machine_id = s.machine_id AND m.gone_at IS NULL)
        ORDER BY s.machine_id LIMIT ${limit})
    ) fleet
    ORDER BY machine_id LIMIT ${limit}`.execute(database);
  return rows.map((row) => ({ machineId: row.machine_id, instanceId: row.instance_id }));
};

export const strangers = async (database: Kysely<Tables>, machineIds: string[]): Promise<KnownStranger[]> => {
  if (machineIds.length === 0) return [];
  const rows = await database
    .selectFrom('strangers')
    .selectAll()
    .where('machine_id', 'in', machineIds)
    .orderBy('machine_id')
    .execute();
  return rows.map(fromStrangerRow);
};

const fromStrangerRow = (row: Selectable<StrangersTable>): KnownStranger => ({
  machineId: row.machine_id,
  name: row.name,
  instanceId: row.instance_id,
  attemptNumber: row.attempt_number,
  envInstanceId: row.env_instance_id,
  envAttemptNumber: row.env_attempt_number,
  observation: decodeObservation(row.observation, null),
  make: decodeMake(row.make),
  firstSeenAt: row.first_seen_at,
  lastSeenAt: row.last_seen_at,
  ignored: row.ignored,
});
