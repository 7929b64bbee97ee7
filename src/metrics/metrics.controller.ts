import { Controller, Get, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { register } from 'prom-client';
import { RequiresScope } from '../http/requires-scope.decorator.js';

@ApiTags('operations')
@Controller('metrics')
export class MetricsController {
  @RequiresScope('operations:read')
  @Get()
  @ApiOperation({ summary: 'Metrics for Prometheus', description: 'In the text format of Prometheus.' })
  @ApiOkResponse({
    description: 'The metrics.',
    content: { 'text/plain': { schema: { type: 'string' }, example: 'http_requests_total{method="GET"} 7\n' } },
  })
  getMetrics(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    // with Fastify only a passthrough reply can set a type that is not known before
    void reply.type(register.contentType);
    return register.metrics();
  }
}
