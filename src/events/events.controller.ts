import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { EventListDto } from './event.dto.js';
import { EventsService } from './events.service.js';
import { ListEventsQuery } from './list-events.dto.js';

/** What happened to all instances and to the fleet, for those who follow it. */
@ApiTags('events')
@Controller('events')
export class EventsController {
  constructor(@Inject(EventsService) private readonly events: EventsService) {}

  @Get()
  @ApiOperation({
    operationId: 'listEvents',
    summary: 'Follow everything that happens, oldest first',
    description:
      'Events of all instances and of the fleet, in one order. Ask again with `after` set to the `nextCursor` of the last answer: no ' +
      'event is missed and none comes twice, not even after the database was restored from a backup.',
  })
  @ApiOkResponse({ type: EventListDto, description: 'A page of events.' })
  listEvents(@Query() query: ListEventsQuery): Promise<EventListDto> {
    return this.events.list(query);
  }
}
