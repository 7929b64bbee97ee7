import { Inject, Module, type OnModuleDestroy } from '@nestjs/common';
import { DATABASE } from '../database/database.module.js';
import { DatabaseServer } from '../database/database-server.js';
import type { Database } from '../database/pool.js';
import type { Log } from '../logging/log.js';
import { LOG } from '../logging/logging.module.js';
import { RANDOM, type Random } from '../time/ids.js';
import { systemTimer } from '../timetable/timer.js';
import { listenForEvents } from './event-listening.driver.js';
import { readEventsAfter } from './event-log.js';
import { EventStreams } from './event-streams.service.js';
import { EventTail } from './event-tail.js';
import { EventsController } from './events.controller.js';
import { EventsService } from './events.service.js';
import { OpenRequests, openRequestsMetricProviders } from './open-requests.metrics.js';

/** Serves the event log, and follows it for all who wait. Needs DatabaseModule from a global module. */
@Module({
  controllers: [EventsController],
  providers: [
    EventsService,
    EventStreams,
    {
      provide: EventTail,
      inject: [DatabaseServer, DATABASE, RANDOM, LOG],
      useFactory: (server: DatabaseServer, database: Database, random: Random, log: Log) =>
        new EventTail(
          {
            listen: (on) => listenForEvents(server.url, on),
            read: (after, limit) => readEventsAfter(database, { after, limit }),
          },
          { timer: systemTimer, random, log },
        ),
    },
    ...openRequestsMetricProviders,
  ],
  exports: [EventTail, OpenRequests],
})
export class EventsModule implements OnModuleDestroy {
  constructor(@Inject(EventTail) private readonly tail: EventTail) {}

  /** The server of the database ends after this, and an embedded one only when no connection is left. */
  onModuleDestroy(): Promise<void> {
    return this.tail.close();
  }
}
