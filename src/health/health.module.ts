import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { NovitaApiModule } from '../novita-api/novita-api.module.js';
import { BackgroundTasksHealth } from './background-tasks.health.js';
import { CacheHealth } from './cache.health.js';
import { DatabaseHealth } from './database.health.js';
import { HEALTH_CHECKS, type HealthCheck } from './health-check.js';
import { HealthController } from './health.controller.js';
import { healthMetricProviders } from './health.metrics.js';
import { HealthService } from './health.service.js';
import { JobsHealth } from './jobs.health.js';
import { LogHealth } from './log.health.js';
import { NovitaApiHealth } from './novita-api.health.js';
import { ProcessState } from './process-state.js';

const CHECKS = [NovitaApiHealth, JobsHealth, CacheHealth, DatabaseHealth, BackgroundTasksHealth, LogHealth];

@Module({
  // terminus would log each failed probe; the answer and the metrics show the state already
  imports: [TerminusModule.forRoot({ logger: false }), NovitaApiModule],
  controllers: [HealthController],
  providers: [
    ...CHECKS,
    { provide: HEALTH_CHECKS, inject: CHECKS, useFactory: (...checks: HealthCheck[]) => checks },
    HealthService,
    ...healthMetricProviders,
    ProcessState,
  ],
})
export class HealthModule {}
