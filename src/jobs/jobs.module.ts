import { type DynamicModule, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { ServerConfig } from '../config/config.js';
import { DatabaseServer } from '../database/database-server.js';
import { JobFigures } from '../metrics/job-figures.js';
import { JobDesk } from './job-desk.service.js';
import { JobHistory } from './job-history.repository.js';
import { JobQueue } from './job-queue.js';
import { JobRunner } from './job-runner.js';
import { JOB_DEFINITIONS, JobStore } from './job-store.js';
import { jobMetricProviders } from './jobs.metrics.js';
import { JobsController } from './jobs.controller.js';
import type { AnyJobDefinition } from './match-handlers.js';

export interface JobsModuleOptions {
  /** Every kind of job there is. The boot fails when one of them has no handler, or two. */
  definitions: readonly AnyJobDefinition[];
}

/** Durable work. Needs DatabaseModule, ServerConfig and JobsConfig from global modules; gives out JobQueue to all rooms. */
@Module({})
export class JobsModule {
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
        JobDesk,
        JobQueue,
        JobRunner,
      ],
      exports: [JobQueue, JobRunner],
    };
  }
}
