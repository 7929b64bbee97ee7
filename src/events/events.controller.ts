import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { EventListDto } from './event.dto.js';
import { EventsService } from './events.service.js';
import { ListEventsQuery } from './list-events.dto.js';

@ApiTags('events')
@Controller('events')
export class EventsController {
  constructor(@Inject(EventsService) private readonly events: EventsService) {}

  @Get()
  @ApiOperation({
    operationId: 'listEvents',
    summary: 'Follow everything that happens, oldest first',
    description:
      'Events of all instances and of the fleet, in one order. To go on, send the `nextCursor` of the last answer as `after`: no event ' +
      'is missed or sent twice, even after the database was restored from a backup.',
  })
  @ApiOkResponse({ type: EventListDto, description: 'A page of events.' })
  listEvents(@Query() query: ListEventsQuery): Promise<EventListDto> {
    return this.events.list(query);
  }
}
