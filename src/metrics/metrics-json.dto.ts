import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { number, whole } from './figure-property.js';
import {
  RequestMetricsReport,
  JobMetricsReport,
  SystemMetrics,
  CacheMetrics,
  ErrorMetrics,
  Trends,
} from './figures.dto.js';

@ApiSchema({ description: 'Counts of this process since its start, or since the last reset.' })
export class MetricsData {
  @ApiProperty({ type: RequestMetricsReport, description: 'Answered requests.' })
  requests!: RequestMetricsReport;
  @ApiProperty({ type: JobMetricsReport, description: 'Runs of jobs.' })
  jobs!: JobMetricsReport;
  @ApiProperty({ type: SystemMetrics, description: 'What the process uses.' })
  system!: SystemMetrics;
  @ApiProperty({ type: CacheMetrics, description: 'The cache of what Novita sells.' })
  cache!: CacheMetrics;
  @ApiProperty({ type: ErrorMetrics, description: 'Refused requests.' })
  errors!: ErrorMetrics;
  @ApiProperty({ type: Trends, description: 'The last minutes.' })
  trends!: Trends;
}

@ApiSchema({ description: 'Requests in the last five minutes.' })
export class PerformanceSummary {
  @ApiProperty(number(42, 'Answered requests in a minute.'))
  requestsPerMinute!: number;
  @ApiProperty(number(8, 'Their average duration in milliseconds.'))
  averageResponseTimeMs!: number;
  @ApiProperty(number(0, 'Percent of them that were answered with 500 or more.'))
  errorRatePercent!: number;
}

@ApiSchema({ description: 'Jobs in the last five minutes.' })
export class JobSummary {
  @ApiProperty(number(12, 'Runs that ended in a minute.'))
  processingRatePerMinute!: number;
}

@ApiSchema({ description: 'The most important resources that the process uses.' })
export class SystemSummary {
  @ApiProperty(number(150, 'RAM, in MiB.'))
  memoryUsageMB!: number;
  @ApiProperty(number(3.5, 'Percent of one core.'))
  cpuUsagePercent!: number;
  @ApiProperty(number(86400.5, 'Seconds since the process started.'))
  uptimeSeconds!: number;
}

@ApiSchema({ description: 'The most important figures of the cache.' })
export class CacheSummary {
  @ApiProperty(number(98, 'Percent of the questions that did not wait for Novita.'))
  hitRatePercent!: number;
  @ApiProperty(whole(6, 'Answers that it holds.'))
  totalSize!: number;
}

@ApiSchema({ description: 'The figures that a dashboard shows first.' })
export class MetricsSummaryData {
  @ApiProperty({ type: PerformanceSummary, description: 'Answered requests.' })
  performance!: PerformanceSummary;
  @ApiProperty({ type: JobSummary, description: 'Runs of jobs.' })
  jobs!: JobSummary;
  @ApiProperty({ type: SystemSummary, description: 'What the process uses.' })
  system!: SystemSummary;
  @ApiProperty({ type: CacheSummary, description: 'The cache.' })
  cache!: CacheSummary;
}

class Answer {
  @ApiProperty({
    type: 'string',
    enum: ['success'],
    example: 'success',
    description: 'Always `success`. A failure is answered as a problem.',
  })
  status!: 'success';
  @ApiProperty({
    type: 'string',
    format: 'date-time',
    example: '2026-01-02T03:04:05.678Z',
    description: 'When this answer was made.',
  })
  timestamp!: string;
}

@ApiSchema({ description: 'All figures of this process.' })
export class MetricsReport extends Answer {
  @ApiProperty({ type: MetricsData, description: 'The figures.' })
  data!: MetricsData;
}

@ApiSchema({ description: 'The most important figures.' })
export class MetricsSummary extends Answer {
  @ApiProperty({ type: MetricsSummaryData, description: 'The most important figures.' })
  data!: MetricsSummaryData;
}

@ApiSchema({ description: 'Resources that the process uses, as an answer.' })
export class SystemMetricsReport extends Answer {
  @ApiProperty({ type: SystemMetrics, description: 'What the process uses.' })
  data!: SystemMetrics;
}

@ApiSchema({ description: 'The JSON view was reset.' })
export class MetricsReset extends Answer {
  @ApiProperty({
    type: 'string',
    example: 'The JSON view of this replica begins anew. Prometheus counts on.',
    description: 'What was done.',
  })
  message!: string;
}
