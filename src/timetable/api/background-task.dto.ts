import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { TASK_SCOPES, type TaskScope } from '../../vocabulary/task-scope.js';
import type { TaskReport } from '../background-tasks.service.js';

const TIME = { type: String, format: 'date-time', example: '2026-01-01T12:00:00.000Z' } as const;
const MAYBE_TIME = { ...TIME, nullable: true } as const;

@ApiSchema({ name: 'BackgroundTaskRun', description: 'The last run of a background task by one replica.' })
export class BackgroundTaskRunDto {
  /**
   * The replica that ran the task.
   * @example "novitai-1/5f1c09ab"
   */
  replica!: string | null;

  /** When the last run began; null when the task never ran. */
  @ApiProperty(MAYBE_TIME)
  startedAt!: string | null;

  /** When the last finished run ended. Earlier than `startedAt` while a run is under way. Null when none has finished. */
  @ApiProperty(MAYBE_TIME)
  finishedAt!: string | null;

  /** How long the last finished run took, in milliseconds. */
  @ApiProperty({ type: 'integer', minimum: 0, nullable: true, example: 12 })
  durationMs!: number | null;

  /** What the last successful run reported. The fields depend on the task. */
  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true, example: { due: 12 } })
  status!: Record<string, unknown> | null;

  /** Why the last run failed; null when it did not. */
  @ApiProperty({ type: String, nullable: true, example: null })
  error!: string | null;

  /** How many of the latest runs failed in a row. */
  @ApiProperty({ type: 'integer', minimum: 0, example: 0 })
  failuresInRow!: number;

  /** When a run last succeeded. */
  @ApiProperty(MAYBE_TIME)
  succeededAt!: string | null;

  /** When the next run begins, as planned at the end of the last one. */
  @ApiProperty(MAYBE_TIME)
  nextRunAt!: string | null;

  /** Whether the last run began too long ago: several periods, and two minutes. */
  @ApiProperty({ example: false })
  overdue!: boolean;
}

@ApiSchema({ name: 'BackgroundTask', description: 'A periodic duty of the service, with its status.' })
export class BackgroundTaskDto {
  /**
   * The name of the task. It never changes.
   * @example "due-instances"
   */
  name!: string;

  /**
   * What the task does, and what goes wrong when it does not run.
   * @example "Wakes the instances whose time has come. Without it, deadlines, probes and retries wait."
   */
  description!: string;

  /** `deployment`: one replica runs the task for all. `replica`: each replica runs it for itself. */
  @ApiProperty({ type: 'string', enum: TASK_SCOPES, example: 'deployment' })
  scope!: TaskScope;

  /** The lease that a replica must hold to run the task; null for the scope `replica`. */
  @ApiProperty({ type: String, nullable: true, example: 'fleet' })
  lease!: string | null;

  /** Seconds from the end of a run to the next one, at most. */
  @ApiProperty({ type: 'number', minimum: 0, example: 0.2 })
  periodSeconds!: number;

  /** Whether no run began for too long: several periods, and two minutes. */
  @ApiProperty({ example: false })
  overdue!: boolean;

  /** When a run was requested that no replica has begun yet; null when there is no request. */
  @ApiProperty(MAYBE_TIME)
  activateRequestedAt!: string | null;

  /** The last runs: one for the scope `deployment`, one for each replica for the scope `replica`. Empty when the task never ran. */
  runs!: BackgroundTaskRunDto[];
}

@ApiSchema({ name: 'BackgroundTaskList', description: 'All background tasks, sorted by name.' })
export class BackgroundTaskListDto {
  /** The tasks. */
  data!: BackgroundTaskDto[];
}

const isoOrNull = (time: Date | null): string | null => time?.toISOString() ?? null;

export const toBackgroundTaskDto = ({ task, runs, overdue, activateRequestedAt }: TaskReport): BackgroundTaskDto => ({
  name: task.name,
  description: task.description,
  scope: task.lease ? 'deployment' : 'replica',
  lease: task.lease?.name ?? null,
  periodSeconds: task.longestPeriodMs / 1000,
  overdue,
  activateRequestedAt: isoOrNull(activateRequestedAt),
  runs: runs.map((run) => ({
    replica: run.replica,
    startedAt: isoOrNull(run.beganAt),
    finishedAt: isoOrNull(run.endedAt),
    durationMs: run.durationMs,
    status: run.status,
    error: run.error,
    failuresInRow: run.failuresInRow,
    succeededAt: isoOrNull(run.succeededAt),
    nextRunAt: isoOrNull(run.nextRunAt),
    overdue: run.overdue,
  })),
});
