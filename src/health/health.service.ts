import { Inject, Injectable, ServiceUnavailableException } from '@nestjs/common';
import { HealthCheckService, type HealthCheckResult } from '@nestjs/terminus';
import { ServerConfig } from '../config/config.js';
import { SharedRead } from '../database/shared-read.js';
import { JobFigures } from '../metrics/job-figures.js';
import { RequestFigures } from '../metrics/request-figures.js';
import { SystemFigures } from '../metrics/system-figures.js';
import { averageMs, percent, perMinute, tenths } from '../metrics/trend.js';
import { CLOCK, type Clock } from '../time/clock.js';
import { HEALTH_CHECKS, type HealthCheck } from './health-check.js';
import type { HealthReport, PartHealth, Readiness, ServiceStartup } from './health-report.dto.js';
import { ProcessState } from './process-state.js';

/** Plain data; the classes of the DTO only document the shape. */
type Plain<T> = { [K in keyof T]: T[K] };
type Parts = Record<string, Plain<PartHealth>>;

/** The parts are checked at most once in this time, however many requests come, and not again before they have answered. */
const CHECK_EVERY_MS = 1_000;
const PERFORMANCE_MINUTES = 5;
const MIB = 1024 * 1024;

@Injectable()
export class HealthService {
  private readonly recentParts: SharedRead<Parts>;

  constructor(
    private readonly terminus: HealthCheckService,
    @Inject(HEALTH_CHECKS) private readonly checks: readonly HealthCheck[],
    private readonly state: ProcessState,
    private readonly requests: RequestFigures,
    private readonly jobs: JobFigures,
    private readonly systemFigures: SystemFigures,
    private readonly server: ServerConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.recentParts = new SharedRead(
      () => this.checkParts(),
      CHECK_EVERY_MS,
      () => clock.monotonicMs(),
    );
  }

  async report(): Promise<Plain<HealthReport>> {
    const parts = await this.recentParts.recent();
    return {
      status: this.essentialPartsDown(parts).length === 0 ? 'healthy' : 'unhealthy',
      timestamp: this.clock.now().toISOString(),
      uptime: tenths(process.uptime()),
      services: Object.fromEntries(Object.entries(parts).map(([name, { status }]) => [name, status])),
      performance: this.performance(),
      system: this.system(),
      dependencies: parts,
      // in production, details are not shown to everyone who can reach the port
      ...(this.server.environment === 'development' && { debug: this.debug() }),
    };
  }

  /** Results that are at most a second old. Rejects when checking takes longer. */
  parts(timeoutMs: number): Promise<Parts> {
    return this.recentParts.within(timeoutMs);
  }

  /** Shows only names, since anyone who can reach the port may ask. */
  async readiness(): Promise<Plain<Readiness>> {
    if (this.state.isShuttingDown) return { status: 'not_ready', waitingFor: ['shutdown'] };
    const waitingFor = this.essentialPartsDown(await this.recentParts.recent());
    if (waitingFor.length === 0) this.state.completeStart();
    return { status: waitingFor.length === 0 ? 'ready' : 'not_ready', waitingFor };
  }

  /** The process has started once it has been ready, whatever happens later. */
  async startup(): Promise<Plain<ServiceStartup>> {
    const waitingFor = this.state.hasStarted ? [] : (await this.readiness()).waitingFor;
    return { status: waitingFor.length === 0 ? 'started' : 'starting', waitingFor };
  }

  /** The essential parts that are down. */
  private essentialPartsDown(parts: Parts): string[] {
    return this.checks
      .filter(({ kind, name }) => kind === 'service' && parts[name]?.status === 'down')
      .map(({ name }) => name);
  }

  private async checkParts(): Promise<Parts> {
    const checks = this.checks.map((check) => () => check.check());
    const result = await this.terminus.check(checks).catch((error: unknown) => {
      // terminus throws the same result that it would have returned
      if (error instanceof ServiceUnavailableException) return error.getResponse() as HealthCheckResult;
      throw error;
    });
    return result.details as Parts;
  }

  private performance(): HealthReport['performance'] {
    const answered = this.requests.counts.trend.over(PERFORMANCE_MINUTES);
    return {
      requestsPerMinute: perMinute(answered),
      averageResponseTime: averageMs(answered),
      errorRate: percent(answered.failed, answered.count),
      jobProcessingRate: perMinute(this.jobs.counts.trend.over(PERFORMANCE_MINUTES)),
    };
  }

  private system(): HealthReport['system'] {
    const { memory, cpu, eventLoop } = this.systemFigures.use();
    return {
      memory: {
        usedMB: tenths(memory.heapUsed / MIB),
        totalMB: tenths(memory.heapTotal / MIB),
        externalMB: tenths(memory.external / MIB),
        rss: tenths(memory.rss / MIB),
      },
      cpu,
      eventLoop,
    };
  }

  private debug(): NonNullable<HealthReport['debug']> {
    return {
      nodeVersion: process.version,
      platform: `${process.platform} ${process.arch}`,
      pid: process.pid,
      role: this.server.role,
    };
  }
}
