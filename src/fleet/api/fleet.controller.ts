import { Controller, Get, HttpCode, HttpStatus, Inject, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ByOperator } from '../../http/given.decorator.js';
import type { Cause } from '../../vocabulary/principal.js';
import { FleetCommands } from '../fleet-commands.js';
import { FleetSurveyor } from '../fleet-survey.js';
import { FleetDto } from './fleet.dto.js';
import { fleetView } from './fleet.view.js';
import { RequiresScope } from '../../http/requires-scope.decorator.js';

/** Whether Novitai acts by its own judgement, and what all machines of the account come to. */
@ApiTags('fleet')
@Controller('fleet')
export class FleetController {
  constructor(
    @Inject(FleetCommands) private readonly commands: FleetCommands,
    @Inject(FleetSurveyor) private readonly surveyor: FleetSurveyor,
  ) {}

  @RequiresScope('operations:read')
  @Get()
  @ApiOperation({
    operationId: 'getFleet',
    summary: 'See the fleet as a whole',
    description: 'Whether it is frozen and why, what is spent on machines that no instance holds, and what is there.',
  })
  @ApiOkResponse({ type: FleetDto, description: 'The fleet as it was last seen.' })
  async get(): Promise<FleetDto> {
    return fleetView(await this.surveyor.survey());
  }

  @RequiresScope('operations:write')
  @Post('resume')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({
    operationId: 'resumeFleet',
    summary: 'End a freeze',
    description:
      'Decide on the machines in question first: what is still unknown may bring the next freeze. Without a freeze it changes nothing.',
  })
  @ApiOkResponse({ type: FleetDto, description: 'The fleet as it is now.' })
  async resume(@ByOperator() cause: Cause): Promise<FleetDto> {
    await this.commands.resume(cause);
    return fleetView(await this.surveyor.survey());
  }
}
