import { Module, type DynamicModule } from '@nestjs/common';
import type { DestinationStream } from 'pino';
import { AccessModule } from './access/access.module.js';
import { CatalogueModule } from './catalogue/catalogue.module.js';
import { AppConfigModule } from './config/config.module.js';
import type { Config } from './config/config.js';
import { DatabaseModule } from './database/database.module.js';
import { HealthModule } from './health/health.module.js';
import { LoggingModule } from './logging/logging.module.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { TimeModule } from './time/time.module.js';

export interface AppOptions {
  /** Where the log goes instead of standard output. */
  logTo?: DestinationStream;
}

/** The composition root: the rooms of the house, from the ground up, and what each of them is handed. */
@Module({})
export class AppModule {
  static forRoot(config: Config, { logTo }: AppOptions = {}): DynamicModule {
    return {
      module: AppModule,
      imports: [
        TimeModule,
        AppConfigModule.forRoot(config),
        LoggingModule.forRoot(config.logging, logTo),
        DatabaseModule,
        AccessModule,
        MetricsModule.forRoot(),
        CatalogueModule,
        HealthModule,
      ],
    };
  }
}
