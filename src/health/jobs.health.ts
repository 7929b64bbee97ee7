import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { JobRunner } from '../jobs/job-runner.js';
import { JobFigures, type QueueDepth } from '../metrics/job-figures.js';
import { type HealthCheck, LOOK_MS } from './health-check.js';

/** The runner asks for work twice a second; this many seconds without an answer are no hiccup. */
const STUCK_SECONDS = 15;

/** This process takes jobs, unless its role is not to. */
@Injectable()
export class JobsHealth implements HealthCheck {
  readonly name = 'jobQueue';
  readonly kind = 'service';

  constructor(
    private readonly runner: JobRunner,
    private readonly figures: JobFigures,
    private readonly indicators: HealthIndicatorService,
  ) {}

  async look(): Promise<HealthIndicatorResult> {
    const indicator = this.indicators.check(this.name);
    // how much there is to do is worth knowing, and says nothing about whether it is being done
    const depths = await this.figures.depth(LOOK_MS).catch(() => null);
    const sum = (state: keyof QueueDepth): number =>
      [...(depths?.values() ?? [])].reduce((all, one) => all + one[state], 0);
    const facts = {
      processing: this.runner.runningCount,
      ...(depths && { queueSize: sum('waiting'), scheduled: sum('scheduled'), failed: sum('dead') }),
    };
    if (this.runner.isStuck) return indicator.down({ ...facts, message: 'jobs that were given up do not end' });
    return this.runner.secondsSinceClaim < STUCK_SECONDS
      ? indicator.up(facts)
      : indicator.down({ ...facts, message: 'jobs are not being taken' });
  }
}
