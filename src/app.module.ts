import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import type { DestinationStream } from 'pino';
import { AccessModule } from './access/access.module.js';
import { ApiKeysModule } from './access/api-keys.module.js';
import { CatalogueModule } from './catalogue/catalogue.module.js';
import { AppConfigModule } from './config/config.module.js';
import type { Config } from './config/config.js';
import { DatabaseModule } from './database/database.module.js';
import { EventsModule } from './events/events.module.js';
import { HealthModule } from './health/health.module.js';
import { JobsModule } from './jobs/jobs.module.js';
import { LoggingModule } from './logging/logging.module.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { ExplanationModule } from './explanation/explanation.module.js';
import { FleetModule } from './fleet/fleet.module.js';
import { RetentionModule } from './retention/retention.module.js';
import { NovitaInstancesModule } from './novita-instances/novita-instances.module.js';
import { reconcileInstance } from './novita-instances/workflow/reconcile.job.js';
import { InstanceLabels } from './novita-instances/store/instance-labels.repository.js';
import { TimetableModule } from './timetable/timetable.module.js';
import { WebhooksModule } from './webhooks/webhooks.module.js';
import { CLOCK, systemClock } from './time/clock.js';
import { SharedClock } from './time/shared-clock.js';
import { Ids, RANDOM, systemRandom } from './time/ids.js';

export interface AppOptions {
  /** Replaces standard output as the destination of the log. */
  logTo?: DestinationStream;
}

/** Time and randomness of the process. The clock follows the database. Tests and the simulation provide others. */
const timeAndRandomness = (): Provider[] => {
  const clock = new SharedClock(systemClock);
  return [
    { provide: CLOCK, useValue: clock },
    { provide: RANDOM, useValue: systemRandom },
    { provide: Ids, useValue: new Ids(clock, systemRandom) },
  ];
};

/** The composition root: all rooms, from the lowest floor up, and their configuration. */
@Module({})
export class AppModule {
  static forRoot(config: Config, { logTo }: AppOptions = {}): DynamicModule {
    const given = timeAndRandomness();
    return {
      module: AppModule,
      global: true,
      providers: given,
      exports: given,
      imports: [
        AppConfigModule.forRoot(config),
        LoggingModule.forRoot(config.logging, logTo),
        DatabaseModule,
        AccessModule,
        MetricsModule.forRoot(),
        TimetableModule,
        EventsModule,
        ApiKeysModule,
        JobsModule.forRoot({ definitions: [reconcileInstance] }),
        CatalogueModule,
        NovitaInstancesModule,
        ExplanationModule,
        FleetModule,
        WebhooksModule.forRoot({ imports: [NovitaInstancesModule], labels: InstanceLabels }),
        RetentionModule,
        HealthModule,
      ],
    };
  }
}
