import { sql, type Kysely, type Transaction } from 'kysely';
import type { Tables } from '../../database/tables.js';
import { addSeconds } from '../../time/clock.js';
import type { Census } from '../domain/fleet-guard.js';
import { LOSS_MIN_AGE_SECONDS } from '../domain/absence.js';
import { madeAt } from '../domain/tag.js';
import type { Pass, Stranger } from './machine-store.js';

/** The fleet as a whole, as Novita's list shows it: strangers, and what a complete pass proves. */

/** A stranger that no pass has shown for so long is history. */
const FORGET_STRANGERS_SECONDS = 600;

export const ownersOf = async (database: Kysely<Tables>, machineIds: string[]): Promise<Map<string, string>> => {
  if (machineIds.length === 0) return new Map();
  const rows = await database
    .selectFrom('machines')
    .select(['machine_id', 'instance_id'])
    .where('machine_id', 'in', machineIds)
    .execute();
  return new Map(rows.map((row) => [row.machine_id, row.instance_id]));
};

export const knownInstances = async (database: Kysely<Tables>, instanceIds: string[]): Promise<Set<string>> => {
  if (instanceIds.length === 0) return new Set();
  const rows = await database.selectFrom('instances').select('id').where('id', 'in', instanceIds).execute();
  return new Set(rows.map(({ id }) => id));
};

export const recordStrangers = async (
  database: Kysely<Tables>,
  strangers: Stranger[],
  lookedAt: Date,
): Promise<void> => {
  const rows = strangers.map((stranger) => ({
    machine_id: stranger.machineId,
    name: stranger.name,
    instance_id: stranger.instanceId,
    attempt_number: stranger.attemptNumber,
    env_instance_id: stranger.envInstanceId,
    env_attempt_number: stranger.envAttemptNumber,
    observation: JSON.stringify(stranger.observation),
    make: JSON.stringify(stranger.make),
    first_seen_at: lookedAt,
    last_seen_at: lookedAt,
  }));
  await database
    .insertInto('strangers')
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .column('machine_id')
        .doUpdateSet((row) => ({
          name: row.ref('excluded.name'),
          instance_id: row.ref('excluded.instance_id'),
          attempt_number: row.ref('excluded.attempt_number'),
          env_instance_id: row.ref('excluded.env_instance_id'),
          env_attempt_number: row.ref('excluded.env_attempt_number'),
          observation: row.ref('excluded.observation'),
          make: row.ref('excluded.make'),
          last_seen_at: row.ref('excluded.last_seen_at'),
        }))
        .where('strangers.last_seen_at', '<', lookedAt),
    )
    .execute();
};

export const ignoreStranger = async (database: Kysely<Tables>, machineId: string): Promise<boolean> => {
  const { numUpdatedRows } = await database
    .updateTable('strangers')
    .set({ ignored: true })
    .where('machine_id', '=', machineId)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
};

export const forgetStranger = async (database: Kysely<Tables>, machineId: string): Promise<void> => {
  await database.deleteFrom('strangers').where('machine_id', '=', machineId).execute();
};

export const concludePass = async (
  transaction: Transaction<Tables>,
  { startedAt, seen, spacingSeconds }: Pass,
): Promise<Census> => {
  await countForUnanswered(transaction, startedAt, spacingSeconds);
  await transaction
    .deleteFrom('strangers')
    .where('last_seen_at', '<', addSeconds(startedAt, -FORGET_STRANGERS_SECONDS))
    .execute();
  return {
    unknown: [...(await unknownStrangers(transaction)), ...(await unrecordedMachines(transaction))],
    ...(await countFleet(transaction, startedAt, seen)),
  };
};

const countForUnanswered = async (database: Kysely<Tables>, startedAt: Date, spacingSeconds: number): Promise<void> => {
  const countable = addSeconds(startedAt, -spacingSeconds);
  await database
    .updateTable('create_attempts')
    .set({ clean_passes: sql`clean_passes + 1`, last_clean_pass_at: startedAt })
    .where('state', '=', 'AMBIGUOUS')
    .where('sent_at', '<', startedAt)
    .where((where) => where.or([where('last_clean_pass_at', 'is', null), where('last_clean_pass_at', '<=', countable)]))
    .execute();
};

/** A stranger that has become a machine of ours since it was written down is unknown no more, whoever forgot to forget it. */
const unknownStrangers = async (database: Kysely<Tables>): Promise<Census['unknown']> => {
  const rows = await database
    .selectFrom('strangers')
    .select(['machine_id', 'instance_id'])
    .where('instance_id', 'is not', null)
    .where('ignored', '=', false)
    .where((where) =>
      where.not(
        where.exists(
          where
            .selectFrom('machines')
            .select('machines.machine_id')
            .whereRef('machines.machine_id', '=', 'strangers.machine_id')
            .where('gone_at', 'is', null),
        ),
      ),
    )
    .orderBy('machine_id')
    .execute();
  return rows.map((row) => ({ machineId: row.machine_id, madeAt: madeAt(row.instance_id ?? '') }));
};

/** Live machines of instances that we know, by attempts that we do not. */
const unrecordedMachines = async (database: Kysely<Tables>): Promise<Census['unknown']> => {
  const rows = await database
    .selectFrom('machines')
    .innerJoin('instances', 'instances.id', 'machines.instance_id')
    .leftJoin('create_attempts', (join) =>
      join
        .onRef('create_attempts.instance_id', '=', 'machines.instance_id')
        .onRef('create_attempts.number', '=', 'machines.attempt_number'),
    )
    .select(['machines.machine_id', 'machines.first_seen_at'])
    .where('machines.gone_at', 'is', null)
    .where('machines.condemned_at', 'is', null)
    .where('create_attempts.number', 'is', null)
    .where('instances.desired', '!=', 'deleted')
    .where(sql<boolean>`instances.machine_id IS DISTINCT FROM machines.machine_id`)
    .orderBy('machines.machine_id')
    .execute();
  return rows.map((row) => ({ machineId: row.machine_id, madeAt: row.first_seen_at }));
};

const countFleet = async (
  database: Kysely<Tables>,
  startedAt: Date,
  seen: string[],
): Promise<Pick<Census, 'expected' | 'missing'>> => {
  const rows = await database
    .selectFrom('machines')
    .innerJoin('instances', 'instances.id', 'machines.instance_id')
    .select('machines.machine_id')
    // a delete may have worked although nobody said so
    .where('instances.desired', '!=', 'deleted')
    .where('gone_at', 'is', null)
    .where('condemned_at', 'is', null)
    .where('release_acknowledged_at', 'is', null)
    .where('state', 'not in', ['removing', 'removed'])
    .where('first_seen_at', '<', addSeconds(startedAt, -LOSS_MIN_AGE_SECONDS))
    .execute();
  const shown = new Set(seen);
  return { expected: rows.length, missing: rows.filter(({ machine_id }) => !shown.has(machine_id)).length };
};
