import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { TASK_SCOPES, type TaskScope } from '../../vocabulary/task-scope.js';
import type { TaskReport } from '../background-tasks.service.js';

const TIME = { type: String, format: 'date-time', example: '2026-01-01T12:00:00.000Z' } as const;
const MAYBE_TIME = { ...TIME, nullable: true } as const;

@ApiSchema({ name: 'BackgroundTaskRun', description: 'What one replica last did for a background task.' })
export class BackgroundTaskRunDto {
  /**
   * The replica that ran it.
   * @example "novitai-1/5f1c09ab"
   */
  replica!: string | null;

  /** When the last run began; null when none did. */
  @ApiProperty(MAYBE_TIME)
  startedAt!: string | null;

  /** When the last run that is over ended. Before `startedAt` while the next one runs. Null when none did. */
  @ApiProperty(MAYBE_TIME)
  finishedAt!: string | null;

  /** How long that took, in milliseconds. */
  @ApiProperty({ type: 'integer', minimum: 0, nullable: true, example: 12 })
  durationMs!: number | null;

  /** What the last run that ended well said of itself. Which fields there are depends on the task. */
  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true, example: { due: 12 } })
  status!: Record<string, unknown> | null;

  /** Why the last run failed; null when it did not. */
  @ApiProperty({ type: String, nullable: true, example: null })
  error!: string | null;

  /** How many runs failed, one after the other, up to now. */
  @ApiProperty({ type: 'integer', minimum: 0, example: 0 })
  failuresInRow!: number;

  /** When a run last ended well. */
  @ApiProperty(MAYBE_TIME)
  succeededAt!: string | null;

  /** When the next run begins, as far as that was known at the end of the last one. */
  @ApiProperty(MAYBE_TIME)
  nextRunAt!: string | null;

  /** Whether the last run began too long ago: several periods, and two minutes. */
  @ApiProperty({ example: false })
  overdue!: boolean;
}

@ApiSchema({ name: 'BackgroundTask', description: 'A periodic duty of the service, and how it fares.' })
export class BackgroundTaskDto {
  /**
   * Its name, which never changes.
   * @example "due-instances"
   */
  name!: string;

  /**
   * What it does, and what stands still without it.
   * @example "Wakes the instances whose time has come. Without it, deadlines, probes and retries wait."
   */
  description!: string;

  /** `deployment`: one replica does it for all. `replica`: each replica does it for itself. */
  @ApiProperty({ type: 'string', enum: TASK_SCOPES, example: 'deployment' })
  scope!: TaskScope;

  /** The lease that the replica holds that runs it; null for a duty of each replica. */
  @ApiProperty({ type: String, nullable: true, example: 'fleet' })
  lease!: string | null;

  /** Seconds from the end of a run to the next one, at most. */
  @ApiProperty({ type: 'number', minimum: 0, example: 0.2 })
  periodSeconds!: number;

  /** Whether it did not begin for too long: several periods, and two minutes. */
  @ApiProperty({ example: false })
  overdue!: boolean;

  /** When a run was asked for that no replica has taken up yet; null when there is no such request. */
  @ApiProperty(MAYBE_TIME)
  activateRequestedAt!: string | null;

  /** Its last runs: of `deployment` one, of `replica` one of each replica. Empty when it never ran. */
  runs!: BackgroundTaskRunDto[];
}

@ApiSchema({ name: 'BackgroundTaskList', description: 'All background tasks, in the order of their names.' })
export class BackgroundTaskListDto {
  /** The tasks. */
  data!: BackgroundTaskDto[];
}

const told = (time: Date | null): string | null => time?.toISOString() ?? null;

export const toBackgroundTaskDto = ({ task, runs, overdue, activateRequestedAt }: TaskReport): BackgroundTaskDto => ({
  name: task.name,
  description: task.description,
  scope: task.lease ? 'deployment' : 'replica',
  lease: task.lease?.name ?? null,
  periodSeconds: task.longestPeriodMs / 1000,
  overdue,
  activateRequestedAt: told(activateRequestedAt),
  runs: runs.map((run) => ({
    replica: run.replica,
    startedAt: told(run.beganAt),
    finishedAt: told(run.endedAt),
    durationMs: run.durationMs,
    status: run.status,
    error: run.error,
    failuresInRow: run.failuresInRow,
    succeededAt: told(run.succeededAt),
    nextRunAt: told(run.nextRunAt),
    overdue: run.overdue,
  })),
});
