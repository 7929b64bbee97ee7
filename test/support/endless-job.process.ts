/** A worker whose jobs never end. Its argument is the URL of the database. */
import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppConfigModule } from '../../src/config/config.module.js';
import { DatabaseModule } from '../../src/database/database.module.js';
import { HandlesJob, type JobHandler } from '../../src/jobs/handles-job.decorator.js';
import { JobsModule } from '../../src/jobs/jobs.module.js';
import { killedJob } from './killed-job.js';
import { testConfig } from './test-config.js';
import { LoggingModule } from '../../src/logging/logging.module.js';
import { MetricsModule } from '../../src/metrics/metrics.module.js';
import { TimetableModule } from '../../src/timetable/timetable.module.js';
import { TimeModule } from './time.module.js';

@HandlesJob(killedJob)
@Injectable()
class EndlessHandler implements JobHandler<{ id: string }> {
  handle(data: { id: string }): Promise<void> {
    process.stdout.write(`running ${data.id}\n`);
    return new Promise(() => undefined);
  }
}

const [, , url = ''] = process.argv;

@Module({
  imports: [
    AppConfigModule.forRoot(testConfig(url)),
    TimeModule,
    DatabaseModule,
    MetricsModule.forRoot(),
    LoggingModule.forRoot({ level: 'silent' }),
    TimetableModule,
    JobsModule.forRoot({ definitions: [killedJob] }),
  ],
  providers: [EndlessHandler],
})
class WorkerModule {}

await NestFactory.createApplicationContext(WorkerModule, { logger: false });
