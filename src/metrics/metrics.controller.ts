import { Controller, Get, Res } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { PrometheusController } from '@willsoto/nestjs-prometheus';
import type { FastifyReply } from 'fastify';

@ApiTags('Operations')
@Controller('metrics')
export class MetricsController extends PrometheusController {
  /** What the service counts, in the text format of Prometheus. */
  @Get()
  @ApiOkResponse({
    description: 'The metrics.',
    content: { 'text/plain': { schema: { type: 'string' }, example: 'http_requests_total{method="GET"} 7\n' } },
  })
  getMetrics(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    return super.index(reply);
  }
}
