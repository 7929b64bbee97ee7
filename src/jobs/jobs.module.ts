import { type DynamicModule, Inject, Module, type OnModuleInit } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { ServerConfig } from '../config/config.js';
import { DATABASE } from '../database/database.module.js';
import { DatabaseServer } from '../database/database-server.js';
import type { Database } from '../database/pool.js';
import { JobFigures } from '../metrics/job-figures.js';
import { BackgroundTasks } from '../timetable/background-tasks.service.js';
import { JobsService } from './jobs.service.js';
import { JobHistory } from './job-history.repository.js';
import { JobQueue } from './job-queue.js';
import { JobRunner } from './job-runner.js';
import { JobSettler } from './job-settler.service.js';
import { JOB_DEFINITIONS, JobStore } from './job-store.js';
import { jobUpkeepTask } from './job-upkeep.task.js';
import { jobMetricProviders } from './jobs.metrics.js';
import { JobsController } from './jobs.controller.js';
import type { AnyJobDefinition } from './match-handlers.js';

export interface JobsModuleOptions {
  /** All kinds of jobs. The boot fails when one of them has no handler, or two. */
  definitions: readonly AnyJobDefinition[];
}

/** Durable jobs. Needs DatabaseModule, TimetableModule, ServerConfig and JobsConfig from global modules. Provides JobQueue globally. */
@Module({})
export class JobsModule implements OnModuleInit {
  constructor(
    private readonly tasks: BackgroundTasks,
    @Inject(DATABASE) private readonly database: Database,
    private readonly store: JobStore,
    private readonly history: JobHistory,
    @Inject(JOB_DEFINITIONS) private readonly definitions: readonly AnyJobDefinition[],
  ) {}

  onModuleInit(): void {
    this.tasks.add(jobUpkeepTask(this.database, this.store, this.history, this.definitions));
  }

  static forRoot({ definitions }: JobsModuleOptions): DynamicModule {
    return {
      module: JobsModule,
      global: true,
      imports: [DiscoveryModule],
      controllers: [JobsController],
      providers: [
        { provide: JOB_DEFINITIONS, useValue: definitions },
        {
          provide: JobStore,
          inject: [DatabaseServer, ServerConfig, JOB_DEFINITIONS, JobFigures],
          useFactory: async (
            database: DatabaseServer,
            server: ServerConfig,
            all: readonly AnyJobDefinition[],
            figures: JobFigures,
          ): Promise<JobStore> => {
            const store = await new JobStore(database, server, all).open();
            figures.setDepth(() => store.depth());
            return store;
          },
        },
        ...jobMetricProviders,
        JobHistory,
        JobsService,
        JobQueue,
        JobSettler,
        JobRunner,
      ],
      exports: [JobQueue, JobRunner],
    };
  }
}
