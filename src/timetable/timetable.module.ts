import { Global, Module } from '@nestjs/common';
import { DATABASE } from '../database/database.module.js';
import type { Database } from '../database/pool.js';
import { BackgroundTasksController } from './api/background-tasks.controller.js';
import { BackgroundTasks } from './background-tasks.service.js';
import { PostgresLeaseStore } from './postgres-lease-store.js';
import { PostgresTaskRunStore } from './postgres-task-run-store.js';
import { LEASE_STORE, TASK_RUN_STORE } from './stores.js';
import { timetableMetricProviders } from './timetable.metrics.js';

/** Leases and background tasks. Global, since every room adds its duties to `BackgroundTasks`. */
@Global()
@Module({
  controllers: [BackgroundTasksController],
  providers: [
    { provide: LEASE_STORE, inject: [DATABASE], useFactory: (database: Database) => new PostgresLeaseStore(database) },
    {
      provide: TASK_RUN_STORE,
      inject: [DATABASE],
      useFactory: (database: Database) => new PostgresTaskRunStore(database),
    },
    BackgroundTasks,
    ...timetableMetricProviders,
  ],
  exports: [BackgroundTasks],
})
export class TimetableModule {}
