import { Controller, Get, HttpCode, HttpStatus, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../http/api-problems.decorator.js';
import { JobDto, JobPageDto, toJobDto } from './job.dto.js';
import { JobsService } from './jobs.service.js';
import { ListJobsQuery } from './list-jobs.dto.js';
import { RequiresScope } from '../http/requires-scope.decorator.js';

const JOB_ID = { name: 'id', description: 'The id of the job, a UUID.' };

@ApiTags('jobs')
@Controller('jobs')
export class JobsController {
  constructor(@Inject(JobsService) private readonly jobs: JobsService) {}

  @RequiresScope('operations:read')
  @Get()
  @ApiOperation({
    operationId: 'listJobs',
    summary: 'List jobs, newest first',
    description: 'Finished jobs are kept for a limited time, dead jobs for 30 days or until they are retried.',
  })
  @ApiOkResponse({ type: JobPageDto, description: 'A page of jobs.' })
  list(@Query() query: ListJobsQuery): Promise<JobPageDto> {
    return this.jobs.list(query);
  }

  @RequiresScope('operations:read')
  @Get(':id')
  @ApiOperation({ operationId: 'getJob', summary: 'See one job', description: 'Includes why its last run failed.' })
  @ApiOkResponse({ type: JobDto, description: 'The job as it is now.' })
  @ApiProblems('JOB_NOT_FOUND')
  @ApiParam(JOB_ID)
  async get(@Param('id') id: string): Promise<JobDto> {
    return toJobDto(await this.jobs.get(id));
  }

  @RequiresScope('operations:write')
  @Post(':id/retry')
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiOperation({
    operationId: 'retryJob',
    summary: 'Run a dead job again',
    description: 'Runs the job once more, now.',
  })
  @ApiAcceptedResponse({ type: JobDto, description: 'Accepted: the job as it is now.' })
  @ApiProblems('JOB_NOT_FOUND', 'JOB_NOT_RETRYABLE')
  @ApiParam(JOB_ID)
  async retry(@Param('id') id: string): Promise<JobDto> {
    return toJobDto(await this.jobs.retry(id));
  }
}
