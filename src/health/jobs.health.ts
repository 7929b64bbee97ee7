import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { JobRunner } from '../jobs/job-runner.js';
import type { HealthCheck } from './health-check.js';

/** The runner asks for work twice a second; this many seconds without an answer are no hiccup. */
const STUCK_SECONDS = 15;

/** This process takes jobs, unless its role is not to. */
@Injectable()
export class JobsHealth implements HealthCheck {
  readonly name = 'jobs';
  readonly kind = 'service';

  constructor(
    private readonly runner: JobRunner,
    private readonly indicators: HealthIndicatorService,
  ) {}

  look(): Promise<HealthIndicatorResult> {
    const indicator = this.indicators.check(this.name);
    return Promise.resolve(
      this.runner.secondsSinceClaim < STUCK_SECONDS ? indicator.up() : indicator.down('jobs are not being taken'),
    );
  }
}
