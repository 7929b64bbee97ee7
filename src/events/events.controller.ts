import { Controller, Get, Inject, Query, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { identityOf, withinOf } from '../http/identity.js';
import { EventListDto } from './event.dto.js';
import { EventsService } from './events.service.js';
import { ListEventsQuery } from './list-events.dto.js';
import { RequiresScope } from '../http/requires-scope.decorator.js';

@ApiTags('events')
@Controller('events')
export class EventsController {
  constructor(@Inject(EventsService) private readonly events: EventsService) {}

  @RequiresScope('instances:read')
  @Get()
  @ApiOperation({
    operationId: 'listEvents',
    summary: 'Follow everything that happens, oldest first',
    description:
      'Events of all instances and of the fleet, in one order. To go on, send the `nextCursor` of the last answer as `after`: no event ' +
      'is missed or sent twice, even after the database was restored from a backup.',
  })
  @ApiOkResponse({ type: EventListDto, description: 'A page of events.' })
  listEvents(@Query() query: ListEventsQuery, @Req() request: FastifyRequest): Promise<EventListDto> {
    return this.events.list(query, {
      ofOperators: identityOf(request)?.scopes.has('operations:read') ?? false,
      within: withinOf(request),
    });
  }
}
