import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { JobRunner } from '../jobs/job-runner.js';
import { JobFigures, type QueueDepth } from '../metrics/job-figures.js';
import { type HealthCheck, CHECK_MS } from './health-check.js';

/** The runner claims jobs twice a second. Longer without success than this is a failure. */
const STUCK_SECONDS = 15;

/** Up when this process claims jobs, or when its role is `api`. */
@Injectable()
export class JobsHealth implements HealthCheck {
  readonly name = 'jobQueue';
  readonly kind = 'service';

  constructor(
    private readonly runner: JobRunner,
    private readonly figures: JobFigures,
    private readonly indicators: HealthIndicatorService,
  ) {}

  async check(): Promise<HealthIndicatorResult> {
    const indicator = this.indicators.check(this.name);
    // the number of waiting jobs is shown, but does not decide whether the queue works
    const depths = await this.figures.depth(CHECK_MS).catch(() => null);
    const sum = (state: keyof QueueDepth): number =>
      [...(depths?.values() ?? [])].reduce((all, one) => all + one[state], 0);
    const snapshot = {
      processing: this.runner.runningCount,
      ...(depths && { queueSize: sum('waiting'), scheduled: sum('scheduled'), failed: sum('dead') }),
    };
    if (this.runner.isStuck) return indicator.down({ ...snapshot, message: 'jobs that were given up do not end' });
    return this.runner.secondsSinceClaim < STUCK_SECONDS
      ? indicator.up(snapshot)
      : indicator.down({ ...snapshot, message: 'jobs are not being taken' });
  }
}
