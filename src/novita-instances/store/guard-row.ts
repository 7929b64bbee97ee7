import { sql, type Kysely, type Selectable, type Transaction } from 'kysely';
import type { FleetGuardTable, Tables } from '../../database/tables.js';
import type { CreatesPause, Freeze, Guard } from '../domain/fleet-guard.js';
import { NO_SIGHT, type Sight } from '../domain/sight.js';

/** The one row of the guard. */

export const read = async (database: Kysely<Tables>): Promise<Guard> =>
  fromRow(await database.selectFrom('fleet_guard').selectAll().executeTakeFirstOrThrow());

const locked = async (transaction: Transaction<Tables>): Promise<Guard> =>
  fromRow(await transaction.selectFrom('fleet_guard').selectAll().forUpdate().executeTakeFirstOrThrow());

export const change = async (
  transaction: Transaction<Tables>,
  decide: (guard: Guard) => Guard | null,
): Promise<Guard> => {
  const before = await locked(transaction);
  const after = decide(before);
  if (!after) return before;
  const epoch = after.epoch + 1;
  await transaction
    .updateTable('fleet_guard')
    .set({
      epoch: String(epoch),
      verified_at: after.verifiedAt,
      distrusted_at: after.distrustedAt,
      trouble: after.trouble,
      frozen: after.frozen && JSON.stringify(after.frozen),
      creates_paused: after.createsPaused && JSON.stringify(after.createsPaused),
      resumed_at: after.resumedAt,
      sight: JSON.stringify(after.sight),
    })
    .execute();
  return { ...after, epoch };
};

/** The guard's row is held meanwhile, so that two who count at once do not both find room for the last one. */
export const condemnByCode = async (
  transaction: Transaction<Tables>,
  machineId: string,
  at: Date,
  since: Date,
  limitOf: (fleet: number) => number,
): Promise<boolean> => {
  const { frozen } = await locked(transaction);
  const { fleet, condemned, already } = await transaction
    .selectFrom('machines')
    .select((query) => [
      query.fn.countAll<string>().filterWhere('gone_at', 'is', null).as('fleet'),
      query.fn
        .countAll<string>()
        .filterWhere((where) => where.and([where('condemned_by_code', '=', true), where('condemned_at', '>', since)]))
        .as('condemned'),
      sql<string>`count(*) FILTER (WHERE machine_id = ${machineId} AND condemned_at IS NOT NULL)`.as('already'),
    ])
    .executeTakeFirstOrThrow();
  if (Number(already) > 0) return true;
  // whoever decided on it may not have heard of the freeze yet
  if (frozen) return false;
  if (Number(condemned) >= limitOf(Number(fleet))) return false;
  await transaction
    .updateTable('machines')
    .set({ condemned_at: at, condemned_by_code: true })
    .where('machine_id', '=', machineId)
    .execute();
  return true;
};

const fromRow = (row: Selectable<FleetGuardTable>): Guard => {
  const frozen = row.frozen as (Omit<Freeze, 'at'> & { at: string }) | null;
  const paused = row.creates_paused as (Omit<CreatesPause, 'until'> & { until: string }) | null;
  return {
    epoch: Number(row.epoch),
    verifiedAt: row.verified_at,
    distrustedAt: row.distrusted_at,
    trouble: row.trouble,
    frozen: frozen && { ...frozen, at: new Date(frozen.at) },
    resumedAt: row.resumed_at,
    sight: sightFrom(row.sight as StoredSight | null),
    createsPaused: paused && { ...paused, until: new Date(paused.until) },
  };
};

interface StoredSight {
  seenAt: string | null;
  blindSince: string | null;
  held: { from: string; to: string }[];
}

const sightFrom = (stored: StoredSight | null): Sight =>
  stored
    ? {
        seenAt: stored.seenAt === null ? null : new Date(stored.seenAt),
        blindSince: stored.blindSince === null ? null : new Date(stored.blindSince),
        held: stored.held.map(({ from, to }) => ({ from: new Date(from), to: new Date(to) })),
      }
    : NO_SIGHT;
