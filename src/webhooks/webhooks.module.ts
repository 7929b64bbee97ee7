import {
  Inject,
  Module,
  type BeforeApplicationShutdown,
  type DynamicModule,
  type InjectionToken,
  type ModuleMetadata,
  type OnModuleInit,
} from '@nestjs/common';
import { getToken } from '@willsoto/nestjs-prometheus';
import { WebhooksConfig } from '../config/config.js';
import { DATABASE } from '../database/database.module.js';
import type { Database } from '../database/pool.js';
import { readEventsAfter } from '../events/event-log.js';
import { EventTail } from '../events/event-tail.js';
import { EventsModule } from '../events/events.module.js';
import type { Log } from '../logging/log.js';
import { LOG } from '../logging/logging.module.js';
import { GuardedConnections } from '../outbound/guarded-connections.js';
import { Sealing } from '../secrets/sealing.js';
import { SecretsModule } from '../secrets/secrets.module.js';
import { CLOCK, type Clock } from '../time/clock.js';
import { Ids, RANDOM, type Random } from '../time/ids.js';
import { BackgroundTasks } from '../timetable/background-tasks.service.js';
import { WebhooksController } from './api/webhooks.controller.js';
import { DeliveriesController } from './api/deliveries.controller.js';
import { DeliveryCollector, type LabelsOf } from './delivery/collect-deliveries.js';
import { DeliverySender } from './delivery/send-delivery.js';
import { WebhookDispatcher } from './delivery/webhook-dispatcher.js';
import { DeliveryLog } from './store/delivery-log.js';
import { DeliveryQueue } from './store/delivery-queue.js';
import { WebhookRepository } from './store/webhook-repository.js';
import { WebhookCommands } from './webhook-commands.js';
import {
  ATTEMPT_COUNTER,
  ATTEMPT_DURATIONS,
  EXHAUSTED_COUNTER,
  webhookMetricProviders,
  WebhookFigures,
  type AttemptCounter,
  type AttemptDurations,
  type ExhaustedCounter,
} from './webhooks.metrics.js';
import { webhooksTask } from './webhooks.task.js';

const LABELS_OF = Symbol('LABELS_OF');

/** What knows the labels of instances: a room above, which this one must not import. */
export interface LabelSource {
  of: LabelsOf;
}

interface WebhooksOptions {
  imports: ModuleMetadata['imports'];
  /** Token of a {@link LabelSource}. */
  labels: InjectionToken;
}

/** Sends events to URLs that callers name. */
@Module({})
export class WebhooksModule implements OnModuleInit, BeforeApplicationShutdown {
  constructor(
    private readonly tasks: BackgroundTasks,
    private readonly dispatcher: WebhookDispatcher,
    @Inject(EventTail) private readonly tail: EventTail,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  static forRoot({ imports = [], labels }: WebhooksOptions): DynamicModule {
    return {
      module: WebhooksModule,
      imports: [...imports, EventsModule, SecretsModule],
      controllers: [WebhooksController, DeliveriesController],
      providers: [
        {
          provide: LABELS_OF,
          inject: [labels],
          useFactory:
            (source: LabelSource): LabelsOf =>
            (ids) =>
              source.of(ids),
        },
        {
          provide: WebhookRepository,
          inject: [DATABASE],
          useFactory: (database: Database) => new WebhookRepository(database),
        },
        {
          provide: DeliveryLog,
          inject: [DATABASE],
          useFactory: (database: Database) => new DeliveryLog(database),
        },
        {
          provide: DeliveryQueue,
          inject: [DATABASE],
          useFactory: (database: Database) => new DeliveryQueue(database),
        },
        {
          provide: WebhookFigures,
          inject: [
            getToken(ATTEMPT_COUNTER),
            getToken(ATTEMPT_DURATIONS),
            getToken(EXHAUSTED_COUNTER),
            DeliveryLog,
            CLOCK,
          ],
          useFactory: (
            attempts: AttemptCounter,
            durations: AttemptDurations,
            exhausted: ExhaustedCounter,
            deliveries: DeliveryLog,
            clock: Clock,
          ) => new WebhookFigures(attempts, durations, exhausted, deliveries, clock),
        },
        {
          provide: WebhookCommands,
          inject: [DATABASE, WebhookRepository, DeliveryLog, LABELS_OF, Sealing, Ids, CLOCK, WebhooksConfig],
          useFactory: (
            database: Database,
            webhooks: WebhookRepository,
            deliveries: DeliveryLog,
            labelsOf: LabelsOf,
            sealer: Sealing,
            ids: Ids,
            clock: Clock,
            limits: WebhooksConfig,
          ) =>
            new WebhookCommands({
              webhooks,
              deliveries,
              readEvents: (query) => readEventsAfter(database, query),
              labelsOf,
              sealer,
              ids,
              clock,
              limits,
            }),
        },
        {
          provide: DeliverySender,
          inject: [WebhooksConfig, CLOCK, RANDOM],
          useFactory: ({ allowAddresses }: WebhooksConfig, clock: Clock, random: Random) =>
            new DeliverySender(new GuardedConnections(allowAddresses), clock, random),
        },
        {
          provide: DeliveryCollector,
          inject: [DATABASE, WebhookRepository, DeliveryQueue, LABELS_OF, Ids],
          useFactory: (
            database: Database,
            webhooks: WebhookRepository,
            deliveries: DeliveryQueue,
            labelsOf: LabelsOf,
            ids: Ids,
          ) =>
            new DeliveryCollector({
              webhooks,
              deliveries,
              readEvents: (query) => readEventsAfter(database, query),
              labelsOf,
              ids,
            }),
        },
        {
          provide: WebhookDispatcher,
          inject: [DeliveryQueue, DeliveryCollector, DeliverySender, Sealing, CLOCK, LOG, WebhookFigures],
          useFactory: (
            deliveries: DeliveryQueue,
            collector: DeliveryCollector,
            sender: DeliverySender,
            sealer: Sealing,
            clock: Clock,
            log: Log,
            figures: WebhookFigures,
          ) =>
            new WebhookDispatcher({
              deliveries,
              collector,
              sender,
              sealer,
              clock,
              log,
              onAttempt: (result) => {
                figures.noteAttempt(result);
              },
            }),
        },
        ...webhookMetricProviders,
      ],
    };
  }

  onModuleInit(): void {
    this.tasks.add(webhooksTask(this.dispatcher, this.tail, this.clock));
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.dispatcher.stop();
  }
}
