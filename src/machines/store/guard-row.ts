import { sql, type Kysely, type Selectable, type Transaction } from 'kysely';
import type { FleetGuardTable, Tables } from '../../database/tables.js';
import { appendEvents, FLEET } from '../../events/event-log.js';
import type { Cause } from '../../vocabulary/principal.js';
import { guardEvents, type Guard } from '../domain/fleet-guard.js';
import { decodeFreeze, decodePause, decodeSight } from './decode-guard.js';

/** The one row of the guard. */

export const read = async (database: Kysely<Tables>): Promise<Guard> =>
  fromRow(await database.selectFrom('fleet_guard').selectAll().executeTakeFirstOrThrow());

const lockedRow = (transaction: Transaction<Tables>): Promise<Selectable<FleetGuardTable>> =>
  transaction.selectFrom('fleet_guard').selectAll().forUpdate().executeTakeFirstOrThrow();

export const change = async (
  transaction: Transaction<Tables>,
  decide: (guard: Guard) => Guard | null,
  cause: Cause & { at: Date },
): Promise<Guard> => {
  const row = await lockedRow(transaction);
  const before = fromRow(row);
  const after = decide(before);
  if (!after) return before;
  const epoch = after.epoch + 1;
  const events = guardEvents(before, after);
  const lastSeq = row.last_event_seq;
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
      last_event_seq: lastSeq + events.length,
    })
    .execute();
  await appendEvents(transaction, { subject: FLEET, lastSeq, ...cause }, events);
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
  const { frozen } = fromRow(await lockedRow(transaction));
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

const fromRow = (row: Selectable<FleetGuardTable>): Guard => ({
  epoch: Number(row.epoch),
  verifiedAt: row.verified_at,
  distrustedAt: row.distrusted_at,
  trouble: row.trouble,
  frozen: decodeFreeze(row.frozen),
  resumedAt: row.resumed_at,
  sight: decodeSight(row.sight),
  createsPaused: decodePause(row.creates_paused),
});
