import { Controller, Get, HttpCode, HttpStatus, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../http/api-problems.decorator.js';
import { JobDto, JobPageDto, toJobDto } from './job.dto.js';
import { JobDesk } from './job-desk.service.js';
import { ListJobsQuery } from './list-jobs.dto.js';

@ApiTags('Jobs')
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
  async get(@Param('id') id: string): Promise<JobDto> {
    return toJobDto(await this.desk.get(id));
  }

  /** Gives a dead job one more run, at once. */
  @Post(':id/retry')
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiOperation({ operationId: 'retryJob', summary: 'Run a dead job again' })
  @ApiProblems('JOB_NOT_FOUND', 'JOB_NOT_RETRYABLE')
  async retry(@Param('id') id: string): Promise<JobDto> {
    return toJobDto(await this.desk.retry(id));
  }
}
