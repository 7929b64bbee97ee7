import type { Selectable } from 'kysely';
import type { Database } from '../database/pool.js';
import type { BackgroundTasksTable } from '../database/tables.js';
import type { KnownTaskRun, TaskRun } from './background-task.js';
import { decodeStatus } from './decode-status.js';
import type { TaskRunStore } from './task-run-store.js';

/** The value of `process` for a duty of the deployment, since a primary key has no nulls. */
const DEPLOYMENT = '';

/** The {@link TaskRunStore} on PostgreSQL. */
export class PostgresTaskRunStore implements TaskRunStore {
  constructor(private readonly database: Database) {}

  async record(run: TaskRun): Promise<void> {
    const changes = {
      replica: run.replica,
      began_at: run.beganAt,
      ended_at: run.endedAt,
      duration_ms: run.durationMs,
      status: run.status && JSON.stringify(run.status),
      error: run.error,
      failures_in_row: run.failuresInRow,
      succeeded_at: run.succeededAt,
      next_run_at: run.nextRunAt,
    };
    await this.database
      .insertInto('background_tasks')
      .values({ name: run.name, process: run.process ?? DEPLOYMENT, ...changes })
      .onConflict((conflict) => conflict.columns(['name', 'process']).doUpdateSet(changes))
      .execute();
  }

  async all(): Promise<KnownTaskRun[]> {
    const rows = await this.database.selectFrom('background_tasks').selectAll().execute();
    return rows.map(fromRow).toSorted((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
  }

  async requestActivation(name: string, isOfDeployment: boolean, at: Date): Promise<void> {
    if (!isOfDeployment) {
      await this.database
        .updateTable('background_tasks')
        .set({ activate_requested_at: at })
        .where('name', '=', name)
        .execute();
      return;
    }
    await this.database
      .insertInto('background_tasks')
      .values({ name, process: DEPLOYMENT, activate_requested_at: at })
      .onConflict((conflict) => conflict.columns(['name', 'process']).doUpdateSet({ activate_requested_at: at }))
      .execute();
  }

  async takeActivations(replica: string, ofDeployment: readonly string[]): Promise<string[]> {
    const taken = await this.database
      .updateTable('background_tasks')
      .set({ activate_requested_at: null })
      .where('activate_requested_at', 'is not', null)
      .where((where) =>
        where.or([
          where('process', '=', replica),
          ...(ofDeployment.length > 0
            ? [where.and([where('process', '=', DEPLOYMENT), where('name', 'in', [...ofDeployment])])]
            : []),
        ]),
      )
      .returning('name')
      .execute();
    return taken.map(({ name }) => name);
  }

  async forgetProcess(replica: string): Promise<void> {
    await this.database.deleteFrom('background_tasks').where('process', '=', replica).execute();
  }

  async forgetProcessesBefore(before: Date): Promise<number> {
    const { numDeletedRows } = await this.database
      .deleteFrom('background_tasks')
      .where('process', '<>', DEPLOYMENT)
      .where('began_at', '<', before)
      .executeTakeFirst();
    return Number(numDeletedRows);
  }
}

/** Sorted here, since collations differ between databases. */
const orderOf = ({ name, process }: KnownTaskRun): string => `${name}\n${process ?? DEPLOYMENT}`;

const fromRow = (row: Selectable<BackgroundTasksTable>): KnownTaskRun => ({
  name: row.name,
  process: row.process === DEPLOYMENT ? null : row.process,
  replica: row.replica,
  beganAt: row.began_at,
  endedAt: row.ended_at,
  durationMs: row.duration_ms,
  status: decodeStatus(row.status),
  error: row.error,
  failuresInRow: row.failures_in_row,
  succeededAt: row.succeeded_at,
  nextRunAt: row.next_run_at,
  activateRequestedAt: row.activate_requested_at,
});
