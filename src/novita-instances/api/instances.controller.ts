import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  HttpStatus,
  Param,
  Patch,
  Post,
  Query,
  Req,
  Res,
} from '@nestjs/common';
import { ApiAcceptedResponse, ApiBody, ApiConsumes, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiProblems } from '../../http/api-problems.decorator.js';
import { Given, SeenBySender, type GivenHeaders } from '../../http/given.decorator.js';
import { assertScope, identityOf, withinOf } from '../../http/identity.js';
import { PageQuery } from '../../http/page-query.dto.js';
import type { Within } from '../../vocabulary/project.js';
import type { Verb } from '../domain/commands.js';
import { UPDATE_EXAMPLES } from './update-examples.js';
import { CREATE_EXAMPLES } from './create-examples.js';
import { CreateInstanceDto } from './dto/create-instance.dto.js';
import { InstanceDto, InstanceEventListDto, InstanceListDto } from './dto/instance.dto.js';
import { UpdateInstanceDto } from './dto/update-instance.dto.js';
import { ListInstancesQuery, ShowInstanceQuery } from './dto/list-instances.dto.js';
import {
  ApiIdempotencyKey,
  ApiInstanceCommand,
  ApiInstanceParam,
  BUYING_PROBLEMS,
  PLAN_PROBLEMS,
  UPDATE_PROBLEMS,
  ApiPreferWait,
  ETAG_HEADER,
  PREFERENCE_APPLIED_HEADER,
  REPLAYED_HEADER,
} from './instance-headers.js';
import { answerWith } from './instance-answer.js';
import { waitAsPreferred } from './preferred-wait.js';
import { InstanceWaits } from '../waits/instance-waits.service.js';
import { InstancesService } from './instances.service.js';
import { RequiresScope } from '../../http/requires-scope.decorator.js';

/** Ask for GPU instances, see how they are, and delete them. */
@ApiTags('instances')
@Controller('instances')
export class InstancesController {
  constructor(
    private readonly instances: InstancesService,
    private readonly waits: InstanceWaits,
  ) {}

  @RequiresScope('instances:write')
  @Post()
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiOperation({
    operationId: 'createInstance',
    summary: 'Ask for an instance',
    description:
      'Writes down what is wanted and answers at once; the cheapest machine that fits is bought and followed until its workload ' +
      'answers. Send an `Idempotency-Key`, so that a repeated request is never a second instance.',
  })
  @ApiBody({ type: CreateInstanceDto, examples: CREATE_EXAMPLES })
  @ApiIdempotencyKey('The same key with the same body answers with the same instance.')
  @ApiAcceptedResponse({
    type: InstanceDto,
    description: 'Accepted: the instance as it is now.',
    headers: {
      ...ETAG_HEADER,
      Location: {
        description: 'Where to read it.',
        schema: { type: 'string', example: '/api/instances/ins_01JGFJJZ00N5MQ2YS3B3X8T1RV' },
      },
      ...REPLAYED_HEADER,
      ...PREFERENCE_APPLIED_HEADER,
    },
  })
  @ApiPreferWait()
  @ApiProblems(
    'PRODUCT_NOT_FOUND',
    'TEMPLATE_NOT_FOUND',
    'VOLUME_NOT_FOUND',
    'PROJECT_NOT_FOUND',
    'QUOTA_EXCEEDED',
    'NAME_TAKEN',
    'IDEMPOTENCY_KEY_REUSED',
    'PRICE_ABOVE_PLAN',
    ...PLAN_PROBLEMS,
  )
  async createInstance(
    @Body() body: CreateInstanceDto,
    @Given() given: GivenHeaders,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<InstanceDto> {
    const { snapshot, kind } = await this.instances.create(body, given);
    void reply.header('location', `/api/instances/${snapshot.instance.id}`);
    const { waitSeconds } = given;
    const shown = await waitAsPreferred(this.waits, reply, snapshot, { action: 'create', waitSeconds });
    return answerWith(reply, shown, { replayed: kind === 'replayed' });
  }

  @RequiresScope('instances:read')
  @Get()
  @ApiOperation({
    operationId: 'listInstances',
    summary: 'List instances, newest first',
    description: 'Deleted ones only when `status` asks for them.',
  })
  @ApiOkResponse({ type: InstanceListDto, description: 'A page of instances.' })
  listInstances(@Query() query: ListInstancesQuery, @SeenBySender() within: Within): Promise<InstanceListDto> {
    return this.instances.list(query, within);
  }

  @RequiresScope('instances:read')
  @Get(':instance')
  @ApiOperation({
    operationId: 'getInstance',
    summary: 'See one instance',
    description: 'With its status, price, connection and history of attempts.',
  })
  @ApiInstanceParam()
  @ApiOkResponse({ type: InstanceDto, description: 'The instance as it is now.', headers: ETAG_HEADER })
  @ApiProblems('INSTANCE_NOT_FOUND')
  async getInstance(
    @Param('instance') instance: string,
    @Query() { include }: ShowInstanceQuery,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<InstanceDto> {
    const secrets = include === 'secrets';
    if (secrets) assertScope(identityOf(request), 'secrets:read');
    return answerWith(reply, await this.instances.get(instance, withinOf(request)), { secrets });
  }

  @RequiresScope('instances:read')
  @Get(':instance/events')
  @ApiOperation({
    operationId: 'listInstanceEvents',
    summary: 'What happened to an instance, oldest first',
    description: 'Every change of status, every request to Novita, every verb.',
  })
  @ApiInstanceParam()
  @ApiOkResponse({ type: InstanceEventListDto, description: 'A page of events.' })
  @ApiProblems('INSTANCE_NOT_FOUND')
  listInstanceEvents(
    @Param('instance') instance: string,
    @Query() query: PageQuery,
    @SeenBySender() within: Within,
  ): Promise<InstanceEventListDto> {
    return this.instances.events(instance, within, query);
  }

  @RequiresScope('instances:write')
  @Post(':instance/start')
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiInstanceCommand(
    'startInstance',
    'Have it run',
    'Sets the desired state to running. A failed instance tries again; repeating it is harmless.',
    BUYING_PROBLEMS,
  )
  startInstance(
    @Param('instance') instance: string,
    @Given() given: GivenHeaders,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<InstanceDto> {
    return this.ask(reply, instance, 'start', given);
  }

  @RequiresScope('instances:write')
  @Post(':instance/stop')
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiInstanceCommand(
    'stopInstance',
    'Have it stopped',
    "Sets the desired state to stopped: the GPUs' bill ends, the disk is kept (and billed) for up to 7 days.",
  )
  stopInstance(
    @Param('instance') instance: string,
    @Given() given: GivenHeaders,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<InstanceDto> {
    return this.ask(reply, instance, 'stop', given);
  }

  @RequiresScope('instances:write')
  @Post(':instance/restart')
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiInstanceCommand(
    'restartInstance',
    'Restart it',
    'Restarts a running machine in place. Unlike the other verbs, asking twice restarts twice.',
  )
  restartInstance(
    @Param('instance') instance: string,
    @Given() given: GivenHeaders,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<InstanceDto> {
    return this.ask(reply, instance, 'restart', given);
  }

  @RequiresScope('instances:write')
  @Post(':instance/replace')
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiInstanceCommand(
    'replaceInstanceMachine',
    'Have another machine',
    'Buys another machine and moves the instance to it when its workload answers. Until then the instance stays on its machine; both are billed. What is on the disk of the old machine is lost with it. While a replacement is under way, asking again changes nothing. A stop or delete ends it.',
    BUYING_PROBLEMS,
  )
  replaceInstanceMachine(
    @Param('instance') instance: string,
    @Given() given: GivenHeaders,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<InstanceDto> {
    return this.ask(reply, instance, 'replace', given);
  }

  @RequiresScope('instances:write')
  @Patch(':instance')
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiInstanceCommand(
    'updateInstance',
    'Change what is asked for',
    'A JSON merge patch (RFC 7396). Labels, readiness and policies are in effect at once, and touch no machine. Ports and a larger disk are changed without a restart. A new image, command or environment makes the container anew on the same machine, and its disk is kept; with `strategy: replace` another machine takes over when its workload answers. Of an instance that does not run, the machine is changed when it runs again. When Novita refuses, the update has failed and the instance stays what it was. While Novita is changing the machine, another change of it is refused.',
    UPDATE_PROBLEMS,
  )
  @ApiConsumes('application/json', 'application/merge-patch+json')
  @ApiBody({ type: UpdateInstanceDto, examples: UPDATE_EXAMPLES })
  async updateInstance(
    @Param('instance') instance: string,
    // null means something here, and the pipe for bodies would take it away
    @Body() patch: object,
    @Given() given: GivenHeaders,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<InstanceDto> {
    const { snapshot, kind } = await this.instances.update(instance, patch, given);
    const { waitSeconds } = given;
    const shown = await waitAsPreferred(this.waits, reply, snapshot, { action: 'update', waitSeconds });
    return answerWith(reply, shown, { replayed: kind === 'replayed' });
  }

  @RequiresScope('instances:write')
  @Delete(':instance')
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiInstanceCommand(
    'deleteInstance',
    'Give it back',
    'Accepted in every state, also while a create is under way. The instance is `deleted` when nothing of it is left at Novita, and not before.',
  )
  deleteInstance(
    @Param('instance') instance: string,
    @Given() given: GivenHeaders,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<InstanceDto> {
    return this.ask(reply, instance, 'delete', given);
  }

  private async ask(reply: FastifyReply, instance: string, action: Verb, given: GivenHeaders): Promise<InstanceDto> {
    const { snapshot, kind } = await this.instances.ask(instance, action, given);
    const { waitSeconds } = given;
    const shown = await waitAsPreferred(this.waits, reply, snapshot, { action, waitSeconds });
    return answerWith(reply, shown, { replayed: kind === 'replayed' });
  }
}
