import { sql, type Kysely, type Transaction } from 'kysely';
import type { Tables } from '../../database/tables.js';
import { countsAsProof, isBack, type MissingMachine } from '../domain/absence.js';
import { firstSeen, mergeObservation } from '../domain/observation.js';
import type { ObservedMachine, WatchedMachine } from './machine-store.js';
import { fromMachineRow, sealAccess, toMachineRow } from './machine.row.js';
import type { Sealer } from '../../secrets/sealing.js';

/**
 * What was seen at Novita. Written by whoever looked, without the instance's version: a look is a fact, and only a newer look
 * replaces it.
 */

/** Asked several times a second for the whole fleet: so the database puts it into one text, which costs a tenth of as many rows. */
export const watchedMachines = async (database: Kysely<Tables>): Promise<WatchedMachine[]> => {
  const { fleet } = await database
    .selectFrom('machines')
    .innerJoin('instances', 'instances.id', 'machines.instance_id')
    .where('gone_at', 'is', null)
    .select(
      sql<WatchedRow[]>`coalesce(json_agg(json_build_array(
        machines.machine_id, machines.instance_id, extract(epoch FROM observed_at) * 1000, watch_closely,
        state = 'running' AND sealed_access IS NULL,
        state = 'running' AND observation @? '$.endpoints[*] ? (@.address == null)',
        missing_proofs > 0 AND release_acknowledged_at IS NULL
      )), '[]')`.as('fleet'),
    )
    .executeTakeFirstOrThrow();
  return fleet.map(([machineId, instanceId, observedMs, closely, lacksAccess, lacksAddress, missing]) => ({
    machineId,
    instanceId,
    observedAt: new Date(observedMs),
    closely,
    lacksAccess,
    lacksAddress,
    missing,
  }));
};

type WatchedRow = [string, string, number, boolean, boolean, boolean, boolean];

export const countOpenAttempts = async (database: Kysely<Tables>, sentBefore: Date): Promise<number> => {
  const { count } = await database
    .selectFrom('create_attempts')
    .select((query) => query.fn.countAll<string>().as('count'))
    .where((where) =>
      where.or([
        where('state', '=', 'AMBIGUOUS'),
        where.and([where('state', '=', 'SENDING'), where('sent_at', '<', sentBefore)]),
      ]),
    )
    .executeTakeFirstOrThrow();
  return Number(count);
};

/** Needs a transaction: the rows are locked while they are judged. */
export const recordObservations = async (
  database: Transaction<Tables>,
  sealer: Sealer,
  observedMachines: ObservedMachine[],
  lookedAt: Date,
): Promise<string[]> => {
  if (observedMachines.length === 0) return [];
  const ids = observedMachines.map(({ machineId }) => machineId);
  const rows = await database
    .selectFrom('machines')
    .innerJoin('instances', 'instances.id', 'machines.instance_id')
    .selectAll('machines')
    .select('instances.machine_id as held_id')
    .where('machines.machine_id', 'in', ids)
    // held until the transaction ends: another look must not write between what is read here and what is concluded from it
    .orderBy('machines.machine_id')
    .forUpdate('machines')
    .execute();
  const known = new Map(rows.map((row) => [row.machine_id, row]));
  const news = new Set<string>();
  const unchanged: string[] = [];
  for (const observed of observedMachines) {
    const row = known.get(observed.machineId);
    if (!row) {
      if (await recordFirstObservation(database, sealer, observed, lookedAt)) news.add(observed.instanceId);
      continue;
    }
    if (row.observed_at >= lookedAt || (row.last_missing_at && row.last_missing_at > lookedAt)) continue;
    const isRisen = row.gone_at !== null && isBack(row.gone_at, observed.observation.state, lookedAt);
    if (row.gone_at && !isRisen) continue;
    if (row.held_id !== row.machine_id) news.add(row.instance_id);
    const merged = mergeObservation(fromMachineRow(row, sealer), observed, lookedAt);
    if (!merged.differs && !isRisen) {
      unchanged.push(row.machine_id);
      continue;
    }
    const { numUpdatedRows } = await database
      .updateTable('machines')
      .set({
        state: merged.observation.state,
        observation: JSON.stringify(merged.observation),
        sealed_access: sealAccess(row.machine_id, merged.access, sealer),
        observed_at: lookedAt,
        changed_at: merged.changedAt,
        ran_at: merged.ranAt,
        missing_proofs: 0,
        last_missing_at: null,
        // a delete before it was recorded as gone has to be asked for anew
        ...(isRisen && { gone_at: null, release_acknowledged_at: null }),
      })
      .where('machine_id', '=', row.machine_id)
      .where('observed_at', '<', lookedAt)
      .where((where) => where.or([where('last_missing_at', 'is', null), where('last_missing_at', '<=', lookedAt)]))
      .executeTakeFirst();
    if (merged.news && numUpdatedRows > 0n) news.add(row.instance_id);
  }
  if (unchanged.length > 0) {
    await database
      .updateTable('machines')
      .set({ observed_at: lookedAt })
      .where('machine_id', 'in', unchanged)
      .where('observed_at', '<', lookedAt)
      .execute();
  }
  return [...news];
};

/** A machine with our tag that no row knows: a create whose answer was lost. Unless it is history already. */
const recordFirstObservation = async (
  database: Kysely<Tables>,
  sealer: Sealer,
  observed: ObservedMachine,
  lookedAt: Date,
): Promise<boolean> => {
  if (observed.observation.state === 'removed') return false;
  const owner = await database
    .selectFrom('instances')
    .select('id')
    .where('id', '=', observed.instanceId)
    .executeTakeFirst();
  if (!owner) return false;
  const { numInsertedOrUpdatedRows } = await database
    .insertInto('machines')
    .values(toMachineRow(observed.instanceId, firstSeen(observed, lookedAt), sealer))
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
};

export const recordMissing = async (
  database: Kysely<Tables>,
  machineId: string,
  lookedAt: Date,
): Promise<string | null> => {
  const row = await database
    .selectFrom('machines')
    .select([
      'instance_id',
      'observed_at',
      'last_missing_at',
      'release_acknowledged_at',
      'missing_proofs',
      'first_seen_at',
      'observation',
    ])
    .where('machine_id', '=', machineId)
    .where('gone_at', 'is', null)
    .executeTakeFirst();
  if (!row || row.observed_at >= lookedAt) return null;
  const missing = {
    lastMissingAt: row.last_missing_at,
    releaseAcknowledgedAt: row.release_acknowledged_at,
    firstSeenAt: row.first_seen_at,
    observation: row.observation as MissingMachine['observation'],
  };
  if (!countsAsProof(missing, lookedAt)) return null;
  const { numUpdatedRows } = await database
    .updateTable('machines')
    .set({ missing_proofs: row.missing_proofs + 1, last_missing_at: lookedAt })
    .where('machine_id', '=', machineId)
    .where('missing_proofs', '=', row.missing_proofs)
    .where('observed_at', '=', row.observed_at)
    // a delete that was acknowledged meanwhile wants proofs of its own
    .where('release_acknowledged_at', 'is not distinct from', row.release_acknowledged_at)
    .executeTakeFirst();
  return numUpdatedRows > 0n ? row.instance_id : null;
};

/** The first decision stays. */
export const condemn = async (database: Kysely<Tables>, machineIds: string[], at: Date): Promise<void> => {
  await database
    .updateTable('machines')
    .set({ condemned_at: at })
    .where('machine_id', 'in', machineIds)
    .where('condemned_at', 'is', null)
    .execute();
};
