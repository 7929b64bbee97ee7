import { sql, type Kysely, type RawBuilder, type Selectable } from 'kysely';
import type { EventsTable, Tables } from '../database/tables.js';
import type { EventDraft, SubjectKind } from './event-catalogue.js';
import type { Cause } from '../vocabulary/principal.js';
import type { Within } from '../vocabulary/project.js';

/** What an event is about. */
export type EventSubject<K extends SubjectKind = SubjectKind> = { kind: K; id: string };

/** There is one fleet: the machines of the account. */
export const FLEET = { kind: 'fleet', id: 'fleet' } as const;

/** An event as stored. A newer release on the same database may have written types and actors that this code does not know. */
export interface StoredEvent {
  /** Place among all events. Positions become visible in ascending order and are never reused, not even after a restore. */
  position: number;
  subject: { kind: string; id: string };
  /** Counts from 1 per subject, without gaps. */
  seq: number;
  type: string;
  data: Record<string, unknown>;
  actor: string;
  requestId: string | null;
  at: Date;
  /** The project of the subject. Null: only operators see the event. */
  projectId: string | null;
}

/** Where events are appended. `lastSeq` is the highest `seq` of the subject so far. */
export interface AppendTarget<K extends SubjectKind = SubjectKind> extends Cause {
  subject: EventSubject<K>;
  lastSeq: number;
  at: Date;
  /** Left out: the project of the instance that is the subject; events of other subjects belong to none. */
  projectId?: string | null;
}

/**
 * Appends events in the given transaction, so that an event exists exactly when its change does. Must be the last statement of the
 * transaction: it locks the positions, and every other transaction that appends waits until this one ends. Waiting for another lock
 * afterwards could cause a deadlock.
 */
export const appendEvents = async <K extends SubjectKind>(
  transaction: Kysely<Tables>,
  { subject, lastSeq, actor, requestId, at, projectId = null }: AppendTarget<K>,
  drafts: EventDraft<K>[],
): Promise<void> => {
  if (drafts.length === 0) return;
  await transaction
    .insertInto('events')
    .values(
      drafts.map(({ type, data }, index) => ({
        instance_id: subject.kind === 'instance' ? subject.id : null,
        subject_kind: subject.kind,
        subject_id: subject.id,
        seq: lastSeq + 1 + index,
        type,
        data: JSON.stringify(data),
        actor,
        request_id: requestId,
        at,
        project_id: projectId,
      })),
    )
    .execute();
};

/** Events of one subject with a `seq` greater than `afterSeq`, oldest first. */
export const readEvents = async (
  database: Kysely<Tables>,
  { subject, afterSeq, limit }: { subject: EventSubject; afterSeq: number; limit: number },
): Promise<StoredEvent[]> => {
  const rows = await database
    .selectFrom('events')
    .selectAll()
    .where('subject_kind', '=', subject.kind)
    .where('subject_id', '=', subject.id)
    .where('seq', '>', afterSeq)
    .orderBy('seq')
    .limit(limit)
    .execute();
  return rows.map(fromRow);
};

/** Which events a reader wants and may see. An omitted filter matches every event. */
export interface EventFilter {
  types?: readonly string[];
  subjectId?: string;
  /** Only events about one of these. */
  subjectIds?: readonly string[];
  /** Only events that happened at this time or later. */
  since?: Date;
  /** Only events that happened at this time or earlier. */
  until?: Date;
  actor?: string;
  /** Left out: of all projects. */
  within?: Within;
  /** Types to omit. */
  hidden?: readonly string[];
}

/** Which events to read. */
export interface EventQuery extends EventFilter {
  /** Only events with a greater position. 0: all. */
  after: number;
  limit: number;
}

/**
 * Events of all subjects after a position, in the order of positions. A reader that continues from the last position it got misses no
 * event and gets none twice. This is one statement, because two would see two states of the log and could miss an event between them.
 */
export const readEventsAfter = async (database: Kysely<Tables>, query: EventQuery): Promise<StoredEvent[]> => {
  const { rows } = await eventsAfter(query).execute(database);
  return rows.map(fromRow);
};

/** When the event at this position happened. Null: no event has it, or not any more. */
export const timeOfEvent = async (database: Kysely<Tables>, position: number): Promise<Date | null> => {
  const row = await database.selectFrom('events').select('at').where('position', '=', position).executeTakeFirst();
  return row?.at ?? null;
};

/** The statement of {@link readEventsAfter}. Exported for a test of its query plan. */
export const eventsAfter = ({
  after,
  limit,
  types,
  subjectId,
  subjectIds,
  since,
  until,
  actor,
  within = null,
  hidden = [],
}: EventQuery): RawBuilder<EventRow> => {
  const page = (...more: RawBuilder<unknown>[]): RawBuilder<EventRow> => sql`
    SELECT * FROM events WHERE ${sql.join(
      [
        sql`position > ${after}`,
        ...(subjectId === undefined ? [] : [sql`subject_id = ${subjectId}`]),
        ...(subjectIds === undefined ? [] : [sql`subject_id = ANY (${subjectIds}::text[])`]),
        ...(since === undefined ? [] : [sql`at >= ${since}`]),
        ...(until === undefined ? [] : [sql`at <= ${until}`]),
        ...(within === null ? [] : [sql`project_id = ${within}`]),
        ...(actor === undefined ? [] : [sql`actor = ${actor}`]),
        ...(hidden.length === 0 ? [] : [sql`type <> ALL (${hidden}::text[])`]),
        ...more,
      ],
      sql` AND `,
    )} ORDER BY position LIMIT ${limit}`;
  if (!types) return page();
  if (types.length === 0) return page(sql`false`);
  // Reads a page for each type and merges them. With each type as a separate value PostgreSQL knows how rare the type is; with a list it
  // may read the whole log for a rare one.
  const pages = [...new Set(types)].map((type) => sql`(${page(sql`type = ${type}`)})`);
  return sql`SELECT * FROM (${sql.join(pages, sql` UNION ALL `)}) AS found ORDER BY position LIMIT ${limit}`;
};

type EventRow = Selectable<EventsTable>;

const fromRow = (row: EventRow): StoredEvent => ({
  position: row.position,
  subject: { kind: row.subject_kind, id: row.subject_id },
  seq: row.seq,
  type: row.type,
  data: row.data as Record<string, unknown>,
  actor: row.actor,
  requestId: row.request_id,
  at: row.at,
  projectId: row.project_id,
});
