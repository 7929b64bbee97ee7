import { Controller, Get, Headers, Inject, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LONG_LIVED } from '../http/requests-in-flight.js';
import { ApiProblems } from '../http/api-problems.decorator.js';
import type { Within } from '../vocabulary/project.js';
import { identityOf, withinOf } from '../http/identity.js';
import { EventListDto } from './event.dto.js';
import { EventStreams } from './event-streams.service.js';
import { EventsService, filterOf, placeOf } from './events.service.js';
import { STREAM_EXAMPLE } from './stream-example.js';
import { ListEventsQuery, StreamEventsQuery } from './list-events.dto.js';
import { RequiresScope } from '../http/requires-scope.decorator.js';

@ApiTags('events')
@Controller('events')
export class EventsController {
  constructor(
    @Inject(EventsService) private readonly events: EventsService,
    @Inject(EventStreams) private readonly streams: EventStreams,
  ) {}

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
    return this.events.list(query, showTo(request));
  }

  @RequiresScope('instances:read')
  @Get('stream')
  @RouteConfig(LONG_LIVED)
  @ApiOperation({
    operationId: 'streamEvents',
    summary: 'Be sent everything that happens, as it happens',
    description:
      'Server-sent events: `id` is the id of the event, `event` its type, `data` the JSON of `GET /api/events`. Without a position the ' +
      'stream begins with the next event. After a break send the last `id` as `Last-Event-ID`, as browsers do by themselves: no event is ' +
      'missed or sent twice. An event `resync` says that this is impossible (`reason`: `unknown` or `expired`), and that the stream goes on ' +
      'with new events: read everything anew. A comment and the current `id` come every 15 seconds. A client that leaves too much unread, ' +
      'or whose key is revoked, is cut; at a shutdown all streams end.',
  })
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'The `id` of the last event that you have. The stream goes on after it.',
    schema: { type: 'string', maxLength: 100 },
  })
  @ApiOkResponse({
    description: 'The events, for as long as the connection is open.',
    content: { 'text/event-stream': { schema: { type: 'string' }, example: STREAM_EXAMPLE } },
  })
  @ApiProblems('TOO_MANY_OPEN_REQUESTS')
  streamEvents(
    @Query() { after, ...filters }: StreamEventsQuery,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.streams.serve(request, reply, {
      filter: filterOf(filters, showTo(request)),
      after: placeOf(lastEventId, after),
    });
  }
}

const showTo = (request: FastifyRequest): { ofOperators: boolean; within: Within } => ({
  ofOperators: identityOf(request)?.scopes.has('operations:read') ?? false,
  within: withinOf(request),
});
