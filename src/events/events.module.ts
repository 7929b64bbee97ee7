import { Module } from '@nestjs/common';
import { EventsController } from './events.controller.js';
import { EventsService } from './events.service.js';

/** Serves the event log. Needs DatabaseModule from a global module. */
@Module({ controllers: [EventsController], providers: [EventsService] })
export class EventsModule {}
