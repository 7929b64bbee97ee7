import { Controller, Get, HttpCode, HttpStatus, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../http/api-problems.decorator.js';
import { JobDto, JobPageDto, toJobDto } from './job.dto.js';
import { JobDesk } from './job-desk.service.js';
import { ListJobsQuery } from './list-jobs.dto.js';

const JOB_ID = {
  name: 'id',
  description: 'The id of the job, a UUID.',
  example: '0197b0de-5b0e-7c3f-9a51-3f5f6c1c8a11',
};

@ApiTags('jobs')
@Controller('jobs')
export class JobsController {
  constructor(@Inject(JobDesk) private readonly desk: JobDesk) {}

  /** Finished jobs are listed for a while; dead ones for 30 days, or until they are retried. */
  @Get()
  @ApiOperation({ operationId: 'listJobs', summary: 'List jobs, newest first' })
  list(@Query() query: ListJobsQuery): Promise<JobPageDto> {
    return this.desk.list(query);
  }

  @Get(':id')
  @ApiOperation({ operationId: 'getJob', summary: 'Read one job' })
  @ApiProblems('JOB_NOT_FOUND')
  @ApiParam(JOB_ID)
  async get(@Param('id') id: string): Promise<JobDto> {
    return toJobDto(await this.desk.get(id));
  }

  /** Gives a dead job one more run, at once. */
  @Post(':id/retry')
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiOperation({ operationId: 'retryJob', summary: 'Run a dead job again' })
  @ApiProblems('JOB_NOT_FOUND', 'JOB_NOT_RETRYABLE')
  @ApiParam(JOB_ID)
  async retry(@Param('id') id: string): Promise<JobDto> {
    return toJobDto(await this.desk.retry(id));
  }
}
