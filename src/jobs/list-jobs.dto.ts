import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsOptional, Matches } from 'class-validator';
import { PageQuery } from '../http/page-query.dto.js';
import type { JobState } from './job-history.repository.js';
import { JOB_STATE, JOB_STATES } from './job.dto.js';

export class ListJobsQuery extends PageQuery {
  /** Only jobs in this state. */
  @ApiProperty({ ...JOB_STATE, required: false })
  @IsOptional()
  @IsIn(JOB_STATES)
  state?: JobState;

  /** Only jobs of this kind, such as `reconcile-instance`. */
  @IsOptional()
  @Matches(/^[a-z0-9-]{1,64}$/, { message: 'name must be the name of a job, such as reconcile-instance' })
  name?: string;
}
