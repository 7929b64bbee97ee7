import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LONG_LIVED } from '../../http/requests-in-flight.js';
import { ApiProblems } from '../../http/api-problems.decorator.js';
import { assertStillIdentified, withinOf } from '../../http/identity.js';
import { RequiresScope } from '../../http/requires-scope.decorator.js';
import { InstanceWaits } from '../waits/instance-waits.service.js';
import { InstanceDto } from './dto/instance.dto.js';
import { DEFAULT_GOAL, DEFAULT_WAIT_SECONDS, WaitQuery } from './dto/wait.dto.js';
import { answerWith } from './instance-answer.js';
import { ApiInstanceParam, ETAG_HEADER } from './instance-headers.js';
import { InstancesService } from './instances.service.js';
import { patienceOf } from './patience.js';
import { assertSo } from './wait-refusal.js';

@ApiTags('instances')
@Controller('instances')
export class InstanceWaitsController {
  constructor(
    private readonly instances: InstancesService,
    private readonly waits: InstanceWaits,
  ) {}

  @RequiresScope('instances:read')
  @Get(':instance/wait')
  @RouteConfig(LONG_LIVED)
  @ApiOperation({
    operationId: 'waitForInstance',
    summary: 'Wait until an instance is ready, stopped or deleted',
    description:
      'Answers with the instance as soon as it is so, and at once when it is so already. When it can come true only after another ' +
      'command, the answer is 409 at once, with the reason as its code. When the time is up it is 408: send the request again to wait on. ' +
      'Both have the instance in `instanceState`.',
  })
  @ApiInstanceParam()
  @ApiOkResponse({ type: InstanceDto, description: 'It is so: the instance as it is now.', headers: ETAG_HEADER })
  @ApiProblems(
    'INSTANCE_NOT_FOUND',
    'WAIT_TIMED_OUT',
    'INSTANCE_FAILED',
    'INSTANCE_STOPPED',
    'INSTANCE_DELETED',
    'TOO_MANY_OPEN_REQUESTS',
  )
  async waitForInstance(
    @Param('instance') instance: string,
    @Query() { for: goal = DEFAULT_GOAL, generation, timeout = DEFAULT_WAIT_SECONDS }: WaitQuery,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<InstanceDto> {
    const patience = patienceOf(reply, timeout);
    const wish = { goal, generation: generation ?? null };
    const outcome = await this.waits.until(wish, () => this.instances.get(instance, withinOf(request)), patience);
    // the key may have been revoked meanwhile
    await assertStillIdentified(request);
    assertSo(outcome, { goal, seconds: timeout });
    return answerWith(reply, outcome.snapshot);
  }
}
