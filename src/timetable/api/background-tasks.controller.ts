import { Controller, Get, HttpCode, HttpStatus, Inject, Param, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../http/api-problems.decorator.js';
import { BackgroundTasks } from '../background-tasks.service.js';
import { BackgroundTaskDto, BackgroundTaskListDto, toBackgroundTaskDto } from './background-task.dto.js';
import { RequiresScope } from '../../http/requires-scope.decorator.js';

const NAME = { name: 'name', description: 'The name of the task, such as `due-instances`.' };

@ApiTags('operations')
@Controller('background-tasks')
export class BackgroundTasksController {
  constructor(@Inject(BackgroundTasks) private readonly tasks: BackgroundTasks) {}

  @RequiresScope('operations:read')
  @Get()
  @ApiOperation({
    operationId: 'listBackgroundTasks',
    summary: 'List the background tasks',
    description: 'Each with its last run on any replica, and whether it is overdue.',
  })
  @ApiOkResponse({ type: BackgroundTaskListDto, description: 'All background tasks.' })
  async list(): Promise<BackgroundTaskListDto> {
    return { data: (await this.tasks.reports()).map(toBackgroundTaskDto) };
  }

  @RequiresScope('operations:read')
  @Get(':name')
  @ApiOperation({
    operationId: 'getBackgroundTask',
    summary: 'See one background task',
    description: 'Includes what its last run did.',
  })
  @ApiOkResponse({ type: BackgroundTaskDto, description: 'The task as it is now.' })
  @ApiProblems('BACKGROUND_TASK_NOT_FOUND')
  @ApiParam(NAME)
  async get(@Param('name') name: string): Promise<BackgroundTaskDto> {
    return toBackgroundTaskDto(await this.tasks.find(name));
  }

  @RequiresScope('operations:write')
  @Post(':name/activate')
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiOperation({
    operationId: 'activateBackgroundTask',
    summary: 'Run a background task now',
    description:
      'The replica that runs the task starts a run within about two seconds or, if one is under way, after it. The period counts from then on.',
  })
  @ApiAcceptedResponse({ type: BackgroundTaskDto, description: 'Accepted: the task as it is now.' })
  @ApiProblems('BACKGROUND_TASK_NOT_FOUND')
  @ApiParam(NAME)
  async activate(@Param('name') name: string): Promise<BackgroundTaskDto> {
    return toBackgroundTaskDto(await this.tasks.activate(name));
  }
}
