import type { Kysely } from 'kysely';
import type { Tables } from '../database/tables.js';

/** A fact for the event log. Its number is given when it is written. */
export interface EventDraft {
  /** `subject.what_happened`, e.g. `placement.accepted`. */
  type: string;
  data: Record<string, unknown>;
}

export interface InstanceEvent extends EventDraft {
  instanceId: string;
  /** Counts from 1 per instance, without gaps. */
  seq: number;
  /** Who caused it: `caller` or `reconciler`. */
  actor: string;
  at: Date;
}

/** Appends inside the caller's transaction, so that nothing is told that is not stored. `lastSeq` is the instance's last number. */
export const appendEvents = async (
  transaction: Kysely<Tables>,
  target: { instanceId: string; lastSeq: number; actor: string; at: Date },
  drafts: EventDraft[],
): Promise<void> => {
  if (drafts.length === 0) return;
  const { instanceId, lastSeq, actor, at } = target;
  await transaction
    .insertInto('events')
    .values(
      drafts.map(({ type, data }, index) => ({
        instance_id: instanceId,
        seq: lastSeq + 1 + index,
        type,
        data: JSON.stringify(data),
        actor,
        at,
      })),
    )
    .execute();
};

/** Events of one instance after a number, oldest first. */
export const readEvents = async (
  database: Kysely<Tables>,
  query: { instanceId: string; afterSeq: number; limit: number },
): Promise<InstanceEvent[]> => {
  const rows = await database
    .selectFrom('events')
    .selectAll()
    .where('instance_id', '=', query.instanceId)
    .where('seq', '>', query.afterSeq)
    .orderBy('seq')
    .limit(query.limit)
    .execute();
  return rows.map((row) => ({
    instanceId: row.instance_id,
    seq: row.seq,
    type: row.type,
    data: row.data as Record<string, unknown>,
    actor: row.actor,
    at: row.at,
  }));
};
