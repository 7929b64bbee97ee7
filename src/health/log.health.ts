import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { LogOutput } from '../logging/log-output.js';
import type { HealthCheck } from './health-check.js';

/** Degraded while log lines are dropped, because the log is not read. */
@Injectable()
export class LogHealth implements HealthCheck {
  readonly name = 'log';
  readonly kind = 'dependency';

  constructor(
    private readonly output: LogOutput,
    private readonly indicators: HealthIndicatorService,
  ) {}

  check(): Promise<HealthIndicatorResult> {
    const indicator = this.indicators.check(this.name);
    const { droppedLines, isDropping } = this.output;
    return Promise.resolve(
      isDropping
        ? indicator.degraded({ droppedLines, message: 'what reads standard output does not keep up' })
        : indicator.up({ droppedLines }),
    );
  }
}
