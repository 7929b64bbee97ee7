import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { JOB_STATE, type JobState } from '../vocabulary/job-state.js';
import type { JobRecord } from './job-history.repository.js';

@ApiSchema({ name: 'Job', description: 'A unit of durable work.' })
export class JobDto {
  /**
   * The job's id.
   * @example "3f0d9a3e-8a5c-4b0e-9d5e-0f7c1b2a3d4e"
   */
  id!: string;

  /**
   * The kind of work.
   * @example "reconcile-instance"
   */
  name!: string;

  /** The state of the job. */
  @ApiProperty({ ...JOB_STATE, example: 'waiting' })
  state!: JobState;

  /** What the job works on: ids, never secrets. */
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    example: { instanceId: 'ins_01JD3ZK5V7Q2M8R4T6W9XABCDE' },
  })
  data!: Record<string, unknown>;

  /**
   * At most one job of a kind waits, and at most one runs, with the same key. Null when the kind has no keys.
   * @example "ins_01JD3ZK5V7Q2M8R4T6W9XABCDE"
   */
  key!: string | null;

  /** How often the job was run again after a failed or lost run. */
  @ApiProperty({ type: 'integer', minimum: 0, example: 1 })
  retryCount!: number;

  /** After how many retries the job is dead. */
  @ApiProperty({ type: 'integer', minimum: 0, example: 5 })
  retryLimit!: number;

  /**
   * Why the last run failed. Set only while the job waits for a retry, or is dead.
   * @example "Novita did not answer within 30 s"
   */
  error!: string | null;

  /**
   * When the job was enqueued.
   * @example "2026-11-22T22:40:00.000Z"
   */
  createdAt!: Date;

  /**
   * The job does not run before this time.
   * @example "2026-11-22T22:40:00.000Z"
   */
  startAfter!: Date;

  /**
   * When the last run began; null when the job has not run.
   * @example "2026-11-22T22:40:00.010Z"
   */
  startedAt!: Date | null;

  /**
   * When the job was done or dead; null before.
   * @example "2026-11-22T22:40:01.500Z"
   */
  finishedAt!: Date | null;
}

@ApiSchema({ name: 'JobList', description: 'A page of jobs, newest first.' })
export class JobPageDto {
  /** The jobs on this page. */
  data!: JobDto[];

  /**
   * Send it as `cursor` for the next page. Null on the last page.
   * @example "eyJjcmVhdGVkQXQiOiIyMDI2In0"
   */
  nextCursor!: string | null;
}

export const toJobDto = (record: JobRecord): JobDto => ({
  id: record.id,
  name: record.name,
  state: record.state,
  data: record.data,
  key: record.key,
  retryCount: record.retryCount,
  retryLimit: record.retryLimit,
  error: record.error,
  createdAt: record.createdAt,
  startAfter: record.startAfter,
  startedAt: record.startedAt,
  finishedAt: record.finishedAt,
});
