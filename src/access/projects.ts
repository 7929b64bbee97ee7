import type { Insertable, Kysely, Selectable } from 'kysely';
import type { Database } from '../database/pool.js';
import type { ProjectsTable, Tables } from '../database/tables.js';
import { DomainError } from '../errors/domain-error.js';
import type { EventDraft } from '../events/event-catalogue.js';
import { appendEvents } from '../events/event-log.js';
import type { Cause } from '../vocabulary/principal.js';
import { DEFAULT_PROJECT_ID, isWithin, type Within } from '../vocabulary/project.js';
import type { Project } from './project.js';
import { UNLIMITED, type Limits } from '../vocabulary/limits.js';

/** A change of a project, with the event that tells it. */
export interface ProjectChange {
  set: Partial<Pick<Project, 'name' | 'limits'>>;
  event: EventDraft<'project'>;
}

/** The projects in the database. They are never deleted, since instances and events of theirs are kept. */
export class Projects {
  constructor(private readonly database: Database) {}

  /**
   * The project that a sender means.
   * @param idOrName undefined: the project of the sender, or the default project
   * @throws DomainError PROJECT_NOT_FOUND, also for a project that the sender does not see
   */
  async visible(idOrName: string | undefined, within: Within): Promise<Pick<Project, 'id'>> {
    if (idOrName === undefined) return { id: within ?? DEFAULT_PROJECT_ID };
    const project = await this.find(idOrName);
    if (!project || !isWithin(project.id, within)) throw projectNotFound(idOrName);
    return project;
  }

  /** The id wins over the name. */
  async find(idOrName: string): Promise<Project | null> {
    const rows = await this.database
      .selectFrom('projects')
      .selectAll()
      .where((where) => where.or([where('id', '=', idOrName), where('name', '=', idOrName)]))
      .execute();
    const row = rows.find(({ id }) => id === idOrName) ?? rows[0];
    return row ? fromRow(row) : null;
  }

  /** Newest first. */
  async page(within: Within, { limit, beforeId }: { limit: number; beforeId?: string }): Promise<Project[]> {
    let projects = this.database.selectFrom('projects').selectAll().orderBy('id', 'desc').limit(limit);
    if (within !== null) projects = projects.where('id', '=', within);
    if (beforeId !== undefined) projects = projects.where('id', '<', beforeId);
    return (await projects.execute()).map(fromRow);
  }

  /** @returns false when a project has the name */
  async create(project: Project, event: EventDraft<'project'>, cause: Cause): Promise<boolean> {
    return this.database.transaction().execute(async (transaction) => {
      const { numInsertedOrUpdatedRows: inserted } = await transaction
        .insertInto('projects')
        .values({ ...toRow(project), last_event_seq: 1 })
        .onConflict((conflict) => conflict.column('name').doNothing())
        .executeTakeFirstOrThrow();
      if (!inserted) return false;
      await appendEvents(transaction, { subject: subjectOf(project), lastSeq: 0, at: project.createdAt, ...cause }, [
        event,
      ]);
      return true;
    });
  }

  /**
   * Changes one project, which is locked meanwhile.
   * @param decide is given the project as it is; null changes nothing
   * @returns the project as it is then; `name-taken`: another project has the name; null: there is no such project
   */
  async change(
    id: string,
    decide: (project: Project) => ProjectChange | null,
    at: Date,
    cause: Cause,
  ): Promise<Project | 'name-taken' | null> {
    return this.database.transaction().execute(async (transaction) => {
      const row = await lockedRow(transaction, id);
      if (!row) return null;
      const project = fromRow(row);
      const change = decide(project);
      if (!change) return project;
      const changed = { ...project, ...change.set, updatedAt: at };
      const sameName = transaction.selectFrom('projects').select('id').where('name', '=', changed.name);
      if (await sameName.where('id', '<>', id).executeTakeFirst()) return 'name-taken';
      const lastSeq = row.last_event_seq;
      await transaction
        .updateTable('projects')
        .set({ ...toRow(changed), last_event_seq: lastSeq + 1 })
        .where('id', '=', id)
        .execute();
      await appendEvents(transaction, { subject: subjectOf(project), lastSeq, at, ...cause }, [change.event]);
      return changed;
    });
  }
}

/**
 * The limits of a project, which no other transaction reads by this function or changes until this one ends. Must come before the
 * transaction locks anything else.
 */
export const lockLimits = async (transaction: Kysely<Tables>, projectId: string): Promise<Limits> => {
  const row = await lockedRow(transaction, projectId);
  return row ? fromRow(row).limits : UNLIMITED;
};

/** Rows that refer to the project can be inserted meanwhile. */
const lockedRow = (transaction: Kysely<Tables>, id: string): Promise<Selectable<ProjectsTable> | undefined> =>
  transaction.selectFrom('projects').selectAll().where('id', '=', id).forNoKeyUpdate().executeTakeFirst();

export const projectNotFound = (idOrName: string): DomainError =>
  new DomainError('PROJECT_NOT_FOUND', `There is no project "${idOrName}".`);

const subjectOf = ({ id }: Project) => ({ kind: 'project', id }) as const;

const toRow = ({
  id,
  name,
  limits,
  createdAt,
  updatedAt,
}: Project): Omit<Insertable<ProjectsTable>, 'last_event_seq'> => ({
  id,
  name,
  max_instances: limits.maxInstances,
  max_price_per_hour: limits.maxPricePerHour,
  created_at: createdAt,
  updated_at: updatedAt,
});

const fromRow = (row: Selectable<ProjectsTable>): Project => ({
  id: row.id,
  name: row.name,
  limits: { maxInstances: row.max_instances, maxPricePerHour: row.max_price_per_hour },
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});
