import { Controller, HttpCode, HttpStatus, Inject, Param, Post, Res } from '@nestjs/common';
import { ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { assertIfMatch } from '../../http/etag.js';
import type { Cause } from '../../vocabulary/principal.js';
import { ByOperator, Given, type GivenHeaders } from '../../http/given.decorator.js';
import type { InstanceDto } from '../../novita-instances/api/dto/instance.dto.js';
import { answerWith } from '../../novita-instances/api/instance-answer.js';
import { ApiInstanceAction } from '../../novita-instances/api/instance-headers.js';
import { InstancesService } from '../../novita-instances/api/instances.service.js';
import type { Snapshot } from '../../novita-instances/domain/instance.js';
import { OperatorWord } from '../operator-word.js';
import { RequiresScope } from '../../http/requires-scope.decorator.js';

/** What an operator says of a create whose outcome is not known. */
@ApiTags('instances')
@Controller('instances')
export class AttemptsController {
  constructor(
    private readonly instances: InstancesService,
    @Inject(OperatorWord) private readonly word: OperatorWord,
  ) {}

  @RequiresScope('operations:write')
  @Post(':instance/attempts/:number/absent')
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiInstanceAction(
    'declareAttemptAbsent',
    'Say that a create made no machine',
    "For a create that stays in doubt, when you have looked at Novita's console after its settle window and no machine there carries its tag. The instance goes on by itself. Should its machine be seen after all, it is adopted, or deleted when there is another.",
    [
      'INSTANCE_NOT_FOUND',
      'ATTEMPT_NOT_FOUND',
      'ATTEMPT_NOT_IN_DOUBT',
      'ATTEMPT_NOT_SETTLED',
      'ATTEMPT_HAS_MACHINE',
      'CONCURRENT_CHANGE',
      'PRECONDITION_FAILED',
    ],
  )
  @ApiParam({
    name: 'number',
    description: 'The number of the attempt.',
    schema: { type: 'integer', minimum: 1 },
    example: 1,
  })
  async declareAttemptAbsent(
    @Param('instance') instance: string,
    @Param('number') number: string,
    @Given() { ifMatch, within }: GivenHeaders,
    @ByOperator() cause: Cause,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<InstanceDto> {
    // what is no number is the number of no attempt
    const attempt = /^\d{1,9}$/.test(number) ? Number(number) : 0;
    const check = (snapshot: Snapshot): void => {
      assertIfMatch(ifMatch, snapshot.instance.lastEventSeq);
    };
    const { instance: found } = await this.instances.get(instance, within);
    return answerWith(reply, await this.word.absent(found.id, attempt, check, cause));
  }
}
