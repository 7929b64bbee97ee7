/** What the JSON view shows of each subject. The answers in `metrics-json.dto.ts` are made of these. */
import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { mapOf, number, time, whole } from './figure-property.js';

@ApiSchema({ description: 'Answered requests, with durations in milliseconds.' })
export class RequestMetrics {
  @ApiProperty(whole(1200, 'How many.'))
  count!: number;
  @ApiProperty(number(9600, 'All durations together.'))
  totalDuration!: number;
  @ApiProperty(number(8, 'Their average; 0 when there was none.'))
  averageDuration!: number;
  @ApiProperty(number(0.4, 'The shortest; 0 when there was none.'))
  minDuration!: number;
  @ApiProperty(number(310.2, 'The longest.'))
  maxDuration!: number;
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'integer' },
    example: { '200': 1190, '404': 10 },
    description: 'Number of requests by status code.',
  })
  statusCodes!: Record<string, number>;
  @ApiProperty(time('When the last one was answered.'))
  lastRequest!: string | null;
}

@ApiSchema({ description: 'All requests together, and by endpoint.' })
export class RequestMetricsReport {
  @ApiProperty({ type: RequestMetrics, description: 'All requests, including probes.' })
  total!: RequestMetrics;
  @ApiProperty(mapOf('RequestMetrics', 'By method and route template; `none` is what matched no route.'))
  byEndpoint!: Record<string, RequestMetrics>;
  @ApiProperty(mapOf('RequestMetrics', 'By method.'))
  byMethod!: Record<string, RequestMetrics>;
}

@ApiSchema({ description: 'Runs of jobs in this process, with durations in milliseconds.' })
export class JobMetrics {
  @ApiProperty(whole(340, 'Runs that ended, well or not.'))
  processed!: number;
  @ApiProperty(whole(2, 'Of them, those that failed.'))
  failed!: number;
  @ApiProperty(number(35.5, 'The average; 0 when there was none.'))
  averageProcessingTime!: number;
  @ApiProperty(number(12070, 'All together.'))
  totalProcessingTime!: number;
  @ApiProperty(number(1.2, 'The shortest; 0 when there was none.'))
  minProcessingTime!: number;
  @ApiProperty(number(900, 'The longest.'))
  maxProcessingTime!: number;
  @ApiProperty({
    ...whole(0, 'Jobs of all replicas that could start now, but have not; null when the database does not answer.'),
    nullable: true,
  })
  queueSize!: number | null;
  @ApiProperty(time('When the last run ended.'))
  lastProcessed!: string | null;
}

@ApiSchema({ description: 'All jobs together, and by type.' })
export class JobMetricsReport {
  @ApiProperty({ type: JobMetrics, description: 'All jobs.' })
  total!: JobMetrics;
  @ApiProperty(mapOf('JobMetrics', 'By type.'))
  byType!: Record<string, JobMetrics>;
}

@ApiSchema({ description: 'Memory of the process, in bytes.' })
export class MemoryMetrics {
  @ApiProperty(whole(157286400, 'All that it holds in RAM.'))
  rss!: number;
  @ApiProperty(whole(73400320, 'The heap.'))
  heapTotal!: number;
  @ApiProperty(whole(52428800, 'What of the heap is in use.'))
  heapUsed!: number;
  @ApiProperty(whole(4194304, 'Outside of the heap.'))
  external!: number;
  @ApiProperty(whole(1048576, 'Of that, buffers.'))
  arrayBuffers!: number;
}

@ApiSchema({ description: 'CPU use of the process.' })
export class CpuMetrics {
  @ApiProperty(number(3.5, 'Percent of one core, over the last five seconds.'))
  usage!: number;
  @ApiProperty({
    type: 'number',
    isArray: true,
    example: [0.2, 0.3, 0.2],
    description: 'Load averages of the machine over 1, 5 and 15 minutes.',
  })
  loadAverage!: number[];
}

@ApiSchema({ description: 'How late the event loop is, and how busy.' })
export class EventLoopMetrics {
  @ApiProperty(number(1.5, 'How late the slowest 1 % of its turns were, in milliseconds, over the last five seconds.'))
  delayP99Ms!: number;
  @ApiProperty(number(4.2, 'Percent of the time that it was busy.'))
  utilization!: number;
}

@ApiSchema({ description: 'Resources that the process uses.' })
export class SystemMetrics {
  @ApiProperty({ type: MemoryMetrics, description: 'The memory of the process.' })
  memory!: MemoryMetrics;
  @ApiProperty({ type: CpuMetrics, description: 'The CPU use of the process.' })
  cpu!: CpuMetrics;
  @ApiProperty({ type: EventLoopMetrics, description: 'The event loop of the process.' })
  eventLoop!: EventLoopMetrics;
  @ApiProperty(number(86400.5, 'Seconds since the process started.'))
  uptime!: number;
  @ApiProperty({
    type: 'string',
    format: 'date-time',
    example: '2026-01-02T03:04:05.678Z',
    description: 'When this answer was made.',
  })
  timestamp!: string;
}

@ApiSchema({ description: 'The cache of what Novita sells.' })
export class CacheMetrics {
  @ApiProperty(whole(980, 'Questions that were answered from it, also with an answer that is being renewed.'))
  hits!: number;
  @ApiProperty(whole(20, 'Questions that waited for Novita.'))
  misses!: number;
  @ApiProperty(whole(6, 'Answers that it holds.'))
  totalSize!: number;
  @ApiProperty(number(98, 'Percent; 0 when nothing was asked.'))
  hitRatio!: number;
}

@ApiSchema({ description: 'Requests that were refused.' })
export class ErrorMetrics {
  @ApiProperty(number(0.8, 'Percent of all requests that were answered with 500 or more.'))
  ratePercent!: number;
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'integer' },
    example: { INSTANCE_NOT_FOUND: 10 },
    description: 'Refusals by their code.',
  })
  byType!: Record<string, number>;
}

@ApiSchema({ description: 'One window of time, or the time since the start if that is shorter.' })
export class TrendWindow {
  @ApiProperty(number(42, 'Answered requests in a minute.'))
  requestsPerMinute!: number;
  @ApiProperty(number(8, 'Their average duration in milliseconds; 0 when there was none.'))
  averageResponseTimeMs!: number;
  @ApiProperty(number(0, 'Percent of them that were answered with 500 or more.'))
  errorRatePercent!: number;
  @ApiProperty(number(12, 'Runs of jobs that ended in a minute.'))
  jobsPerMinute!: number;
  @ApiProperty(number(0, 'Percent of them that failed.'))
  jobFailureRatePercent!: number;
}

@ApiSchema({ description: 'The last 1, 5 and 15 minutes.' })
export class Trends {
  @ApiProperty({ type: TrendWindow, description: 'The last minute.' })
  '1m'!: TrendWindow;
  @ApiProperty({ type: TrendWindow, description: 'The last five minutes.' })
  '5m'!: TrendWindow;
  @ApiProperty({ type: TrendWindow, description: 'The last fifteen minutes.' })
  '15m'!: TrendWindow;
}
