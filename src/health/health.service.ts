import { Inject, Injectable, ServiceUnavailableException } from '@nestjs/common';
import { HealthCheckService, type HealthCheckResult } from '@nestjs/terminus';
import { CLOCK, type Clock } from '../time/clock.js';
import { HEALTH_CHECKS, type HealthCheck } from './health-check.js';
import type { HealthReport, PartHealth, Readiness } from './health-report.dto.js';
import { ProcessState } from './process-state.js';

/** The DTO's classes document the shape; what is answered is plain. */
type Plain<T> = { [K in keyof T]: T[K] };
type Parts = Record<string, Plain<PartHealth>>;

@Injectable()
export class HealthService {
  constructor(
    private readonly terminus: HealthCheckService,
    @Inject(HEALTH_CHECKS) private readonly checks: readonly HealthCheck[],
    private readonly state: ProcessState,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async report(): Promise<Plain<HealthReport>> {
    const services = await this.look('service');
    const dependencies = await this.look('dependency');
    return {
      status: downIn(services).length === 0 ? 'healthy' : 'unhealthy',
      timestamp: this.clock.now().toISOString(),
      uptime: Math.round(process.uptime() * 10) / 10,
      services,
      dependencies,
    };
  }

  /** Tells names and no more: it is asked by anyone who can reach the port. */
  async readiness(): Promise<Plain<Readiness>> {
    if (this.state.isShuttingDown) return { status: 'not_ready', waitingFor: ['shutdown'] };
    const waitingFor = downIn(await this.look('service'));
    return { status: waitingFor.length === 0 ? 'ready' : 'not_ready', waitingFor };
  }

  private async look(kind: HealthCheck['kind']): Promise<Parts> {
    const looks = this.checks.filter((check) => check.kind === kind).map((check) => () => check.look());
    const result = await this.terminus.check(looks).catch((error: unknown) => {
      // terminus throws the very result that it would have returned
      if (error instanceof ServiceUnavailableException) return error.getResponse() as HealthCheckResult;
      throw error;
    });
    return result.details as Parts;
  }
}

const downIn = (parts: Parts): string[] =>
  Object.entries(parts)
    .filter(([, part]) => part.status === 'down')
    .map(([name]) => name);
