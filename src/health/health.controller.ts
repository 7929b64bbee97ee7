import { Controller, Get, HttpStatus, Res } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, ApiOperation, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { HealthReport, Liveness, PartHealth, Readiness, ServiceStartup } from './health-report.dto.js';
import { HealthService } from './health.service.js';
import { RequiresScope } from '../http/requires-scope.decorator.js';

@ApiTags('operations')
@ApiExtraModels(PartHealth)
@Controller('health')
export class HealthController {
  constructor(private readonly health: HealthService) {}

  @RequiresScope('operations:read')
  @Get()
  @ApiOperation({
    summary: 'The health of the service',
    description: 'Includes everything that the service needs. For people and dashboards.',
  })
  @ApiOkResponse({ type: HealthReport, description: 'Healthy.' })
  @ApiServiceUnavailableResponse({ type: HealthReport, description: 'Unhealthy: the same report.' })
  async getHealth(@Res({ passthrough: true }) reply: FastifyReply) {
    const report = await this.health.report();
    if (report.status === 'unhealthy') unavailable(reply);
    return report;
  }

  @Get('live')
  @ApiOperation({
    summary: 'Does the process run?',
    description: 'Checks nothing else, since a restart does not repair a database.',
  })
  @ApiOkResponse({ type: Liveness, description: 'It runs.' })
  getLiveness() {
    return { status: 'alive' as const };
  }

  @Get('ready')
  @ApiOperation({
    summary: 'Is the service ready for requests?',
    description: 'It is when its database answers and accepts writes, its schema fits, and it is not shutting down.',
  })
  @ApiOkResponse({ type: Readiness, description: 'Ready.' })
  @ApiServiceUnavailableResponse({ type: Readiness, description: 'Not ready: send requests elsewhere.' })
  async getReadiness(@Res({ passthrough: true }) reply: FastifyReply) {
    const readiness = await this.health.readiness();
    if (readiness.status === 'not_ready') unavailable(reply);
    return readiness;
  }

  @Get('startup')
  @ApiOperation({
    summary: 'Has the service started?',
    description: 'It has started once it has been ready. From then on, ask the other two probes.',
  })
  @ApiOkResponse({ type: ServiceStartup, description: 'It has started.' })
  @ApiServiceUnavailableResponse({ type: ServiceStartup, description: 'It is starting: wait.' })
  async getStartup(@Res({ passthrough: true }) reply: FastifyReply) {
    const startup = await this.health.startup();
    if (startup.status === 'starting') unavailable(reply);
    return startup;
  }
}

const unavailable = (reply: FastifyReply): void => {
  void reply.status(HttpStatus.SERVICE_UNAVAILABLE).header('retry-after', 1);
};
