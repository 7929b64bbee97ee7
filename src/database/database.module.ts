import { Global, Module } from '@nestjs/common';
import { DatabaseConfig } from '../config/config.js';
import { CLOCK, type Clock } from '../time/clock.js';
import { SharedClock } from '../time/shared-clock.js';
import { clockMetricProviders } from './clock.metrics.js';
import { DatabaseServer } from './database-server.js';
import { DatabaseTime } from './database-time.driver.js';
import { createDatabase, type Database } from './pool.js';

/** DI token for the `Database`: the query builder over the pool of the process. Its schema is migrated. */
export const DATABASE = Symbol('DATABASE');

/**
 * Provides the open, migrated database. Do not destroy the Kysely object: that would end the pool, which DatabaseServer ends last.
 * Needs DatabaseConfig from a global module.
 */
@Global()
@Module({
  providers: [
    {
      provide: DatabaseServer,
      inject: [DatabaseConfig],
      useFactory: (config: DatabaseConfig): Promise<DatabaseServer> => new DatabaseServer(config).open(),
    },
    {
      provide: DATABASE,
      inject: [DatabaseServer],
      useFactory: (server: DatabaseServer): Database => createDatabase(server.pool),
    },
    {
      provide: DatabaseTime,
      inject: [DATABASE, { token: CLOCK, optional: true }],
      useFactory: (database: Database, clock?: Clock): Promise<DatabaseTime> =>
        new DatabaseTime(database, clock instanceof SharedClock ? clock : null).start(),
    },
    ...clockMetricProviders,
  ],
  exports: [DATABASE, DatabaseServer, DatabaseTime],
})
export class DatabaseModule {}
