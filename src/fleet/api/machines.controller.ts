import {
  applyDecorators,
  Controller,
  Get,
  HttpCode,
  HttpStatus,
  Inject,
  Param,
  Post,
  Query,
  Res,
} from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ApiProblems } from '../../http/api-problems.decorator.js';
import { Cursor, textField } from '../../http/cursor.js';
import { DEFAULT_LIMIT } from '../../http/query-fields.js';
import type { Cause } from '../../vocabulary/principal.js';
import { ByOperator } from '../../http/given.decorator.js';
import { FleetCommands } from '../fleet-commands.js';
import { OperatorWord } from '../operator-word.js';
import { InstanceDto } from '../../novita-instances/api/dto/instance.dto.js';
import { FleetMachineDto, FleetMachineListDto, ListMachinesQuery } from './machine.dto.js';
import { machineReportView } from './fleet.view.js';
import { ETAG_HEADER } from '../../novita-instances/api/instance-headers.js';
import { answerWith } from '../../novita-instances/api/instance-answer.js';
import { RequiresScope } from '../../http/requires-scope.decorator.js';

/** By id, which is Novita's and may be any text. */
const CURSOR = new Cursor<{ after: string }>({ after: textField() });

const ApiDecision = (operationId: string, summary: string, description: string): MethodDecorator =>
  applyDecorators(
    ApiOperation({ operationId, summary, description }),
    ApiParam({
      name: 'id',
      description: "Novita's id of the machine.",
      schema: { type: 'string', maxLength: 100 },
      example: '79485daa470d8d6d',
    }),
  );

const ApiInstanceAnswer = (): MethodDecorator =>
  ApiAcceptedResponse({ type: InstanceDto, description: 'Accepted: its instance as it is now.', headers: ETAG_HEADER });

/** The machines of the account at Novita, ours and not ours, and what a person decides about them. */
@ApiTags('fleet')
@Controller('machines')
export class MachinesController {
  constructor(
    @Inject(FleetCommands) private readonly commands: FleetCommands,
    @Inject(OperatorWord) private readonly word: OperatorWord,
  ) {}

  @RequiresScope('operations:read')
  @Get()
  @ApiOperation({
    operationId: 'listMachines',
    summary: 'List the machines of the account, by id',
    description:
      'As they were last seen: those that instances hold, those with our tag that none holds, and foreign ones.',
  })
  @ApiOkResponse({ type: FleetMachineListDto, description: 'A page of machines.' })
  async list(@Query() { limit = DEFAULT_LIMIT, cursor, verdict }: ListMachinesQuery): Promise<FleetMachineListDto> {
    const after = cursor === undefined ? '' : CURSOR.decode(cursor).after;
    const { machines, nextAfter } = await this.commands.machines(after, limit, verdict);
    return {
      data: machines.map(machineReportView),
      nextCursor: nextAfter === null ? null : CURSOR.encode({ after: nextAfter }),
    };
  }

  @RequiresScope('operations:write')
  @Post(':id/adopt')
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiDecision(
    'adoptMachine',
    'Keep a machine that carries our tag',
    'It is bound to its instance, or to a new one that is made around it when this database knows nothing of its own.',
  )
  @ApiInstanceAnswer()
  @ApiProblems(
    'MACHINE_NOT_FOUND',
    'FOREIGN_MACHINE',
    'MACHINE_NOT_ADOPTABLE',
    'CONCURRENT_CHANGE',
    'NOVITA_UNAVAILABLE',
  )
  async adopt(
    @Param('id') id: string,
    @ByOperator() cause: Cause,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<InstanceDto> {
    return answerWith(reply, await this.commands.adopt(id, cause));
  }

  @RequiresScope('operations:write')
  @Post(':id/terminate')
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiDecision(
    'terminateMachine',
    'Give a machine back that carries our tag',
    'For machines that no instance holds; for one that is held, delete its instance. Novita is asked to delete it until it is gone.',
  )
  @ApiInstanceAnswer()
  @ApiProblems('MACHINE_NOT_FOUND', 'FOREIGN_MACHINE', 'MACHINE_IN_USE', 'CONCURRENT_CHANGE', 'NOVITA_UNAVAILABLE')
  async terminate(
    @Param('id') id: string,
    @ByOperator() cause: Cause,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<InstanceDto> {
    return answerWith(reply, await this.commands.terminate(id, cause));
  }

  @RequiresScope('operations:write')
  @Post(':id/gone')
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiDecision(
    'declareMachineGone',
    'Say that a machine is gone',
    "For a delete that cannot be proved, when Novita's console shows the machine no more. Taken for machines that are to go and that Novita has not shown for ten minutes. Should it be seen again, it is deleted again.",
  )
  @ApiInstanceAnswer()
  @ApiProblems('MACHINE_NOT_FOUND', 'MACHINE_NOT_LEAVING', 'MACHINE_SEEN_LATELY', 'CONCURRENT_CHANGE')
  async gone(
    @Param('id') id: string,
    @ByOperator() cause: Cause,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<InstanceDto> {
    return answerWith(reply, await this.word.gone(id, cause));
  }

  @RequiresScope('operations:write')
  @Post(':id/ignore')
  @HttpCode(HttpStatus.OK)
  @ApiDecision(
    'ignoreMachine',
    'Leave a machine alone',
    'It goes on as it is and is still listed, but is no reason to freeze and not counted as unaccounted. For machines that no instance explains.',
  )
  @ApiOkResponse({ type: FleetMachineDto, description: 'The machine, ignored.' })
  @ApiProblems('MACHINE_NOT_FOUND', 'MACHINE_IN_USE')
  async ignore(@Param('id') id: string): Promise<FleetMachineDto> {
    return machineReportView(await this.commands.ignore(id));
  }
}
