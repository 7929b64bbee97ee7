import { Controller, Get, HttpCode, HttpStatus, Inject, Post } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CLOCK, type Clock } from '../time/clock.js';
import { CacheFigures } from './cache-figures.js';
import { FIGURE_TIMEOUT_MS } from './figure-timeout.js';
import { JobFigures } from './job-figures.js';
import { JobMetrics, RequestMetrics } from './figures.dto.js';
import { MetricsReport, MetricsReset, MetricsSummary, SystemMetricsReport } from './metrics-json.dto.js';
import { metricsView, summaryView, systemView, type Counted } from './metrics-json.view.js';
import { RequestFigures } from './request-figures.js';
import { SystemFigures } from './system-figures.js';
import { RequiresScope } from '../http/requires-scope.decorator.js';

/** With its prefix, since the global prefix is excluded for paths of metrics: `/metrics` has none. */
export const METRICS_JSON_PATH = 'api/metrics';

@ApiTags('operations')
@ApiExtraModels(RequestMetrics, JobMetrics)
@Controller(METRICS_JSON_PATH)
export class MetricsJsonController {
  constructor(
    private readonly requests: RequestFigures,
    private readonly jobs: JobFigures,
    private readonly cache: CacheFigures,
    private readonly system: SystemFigures,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @RequiresScope('operations:read')
  @Get()
  @ApiOperation({
    summary: 'The figures of this replica',
    description: 'Since its start, or since the last reset. For all replicas together, ask Prometheus.',
  })
  @ApiOkResponse({ type: MetricsReport, description: 'All figures.' })
  async getMetricsReport() {
    return this.answer({ data: metricsView(await this.counted(), this.clock.now()) });
  }

  @RequiresScope('operations:read')
  @Get('summary')
  @ApiOperation({ summary: 'The most important figures of this replica', description: 'For the last five minutes.' })
  @ApiOkResponse({ type: MetricsSummary, description: 'The most important figures.' })
  async getMetricsSummary() {
    return this.answer({ data: summaryView(await this.counted()) });
  }

  @RequiresScope('operations:read')
  @Get('system')
  @ApiOperation({
    summary: 'Resources that this replica uses',
    description: 'Memory, CPU and event loop of its process.',
  })
  @ApiOkResponse({ type: SystemMetricsReport, description: 'The resources.' })
  getSystemMetrics() {
    return this.answer({ data: systemView(this.system.use(), this.clock.now()) });
  }

  @RequiresScope('operations:write')
  @Post('reset')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({
    summary: 'Reset the JSON view',
    description: 'Affects this replica only. The counters of Prometheus are not reset.',
  })
  @ApiOkResponse({ type: MetricsReset, description: 'The JSON view was reset.' })
  resetMetrics() {
    for (const figures of [this.requests, this.jobs, this.cache]) figures.reset();
    return this.answer({ message: 'The JSON view of this replica begins anew. Prometheus counts on.' });
  }

  private async counted(): Promise<Counted> {
    return {
      requests: this.requests.counts,
      jobs: this.jobs.counts,
      // without a database the other figures are still useful
      depth: await this.jobs.depth(FIGURE_TIMEOUT_MS).catch(() => null),
      cache: this.cache,
      system: this.system.use(),
    };
  }

  private answer<T extends object>(rest: T) {
    return { status: 'success' as const, timestamp: this.clock.now().toISOString(), ...rest };
  }
}
