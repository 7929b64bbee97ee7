import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import {
  HEALTH_STATES,
  PART_STATES,
  READINESS_STATES,
  STARTUP_STATES,
  type HealthState,
  type PartState,
  type ReadinessState,
  type StartupState,
} from '../vocabulary/health-state.js';
import { ROLES, type Role } from '../vocabulary/role.js';
import { CpuMetrics, EventLoopMetrics } from '../metrics/figures.dto.js';

@ApiSchema({ description: 'The health of one part.' })
export class PartHealth {
  /** Whether the part works. */
  @ApiProperty({ type: 'string', enum: PART_STATES, example: 'up' })
  status!: PartState;

  /** What is wrong, or not known yet. */
  @ApiProperty({ type: 'string', required: false, example: 'does not answer' })
  message?: string;

  /** When the part last answered, for parts that are judged by their work instead of a check. */
  @ApiProperty({ type: 'string', format: 'date-time', required: false, example: '2026-01-02T03:04:05.678Z' })
  lastAnswerAt?: string;

  /** Database: how long its answer took, in milliseconds. */
  @ApiProperty({ type: 'number', minimum: 0, required: false, example: 0.8 })
  responseTime?: number;

  /** Job queue: jobs that run in this replica. */
  @ApiProperty({ type: 'integer', minimum: 0, required: false, example: 1 })
  processing?: number;

  /** Job queue: jobs of all replicas that could start now, but have not. */
  @ApiProperty({ type: 'integer', minimum: 0, required: false, example: 0 })
  queueSize?: number;

  /** Job queue: jobs that wait for a later time. */
  @ApiProperty({ type: 'integer', minimum: 0, required: false, example: 12 })
  scheduled?: number;

  /** Job queue: jobs that failed for good and wait for an operator. */
  @ApiProperty({ type: 'integer', minimum: 0, required: false, example: 0 })
  failed?: number;

  /** Cache: percent of requests that did not wait for Novita. */
  @ApiProperty({ type: 'number', minimum: 0, maximum: 100, required: false, example: 98 })
  hitRatio?: number;

  /** Cache: answers that it holds. */
  @ApiProperty({ type: 'integer', minimum: 0, required: false, example: 6 })
  totalEntries?: number;

  /** Cache: requests that it answered. */
  @ApiProperty({ type: 'integer', minimum: 0, required: false, example: 980 })
  hits?: number;

  /** Cache: requests that waited for Novita. */
  @ApiProperty({ type: 'integer', minimum: 0, required: false, example: 20 })
  misses?: number;

  /** Log: lines dropped since the start, because the reader of standard output was too slow. */
  @ApiProperty({ type: 'integer', minimum: 0, required: false, example: 0 })
  droppedLines?: number;
}

@ApiSchema({ description: 'The last five minutes of this replica.' })
export class PerformanceHealth {
  /** Answered requests a minute. */
  @ApiProperty({ type: 'number', minimum: 0, example: 42 })
  requestsPerMinute!: number;

  /** The average duration of requests, in milliseconds. */
  @ApiProperty({ type: 'number', minimum: 0, example: 8.2 })
  averageResponseTime!: number;

  /** Percent of requests that were answered with 500 or more. */
  @ApiProperty({ type: 'number', minimum: 0, maximum: 100, example: 0 })
  errorRate!: number;

  /** Runs of jobs that ended, a minute. */
  @ApiProperty({ type: 'number', minimum: 0, example: 12 })
  jobProcessingRate!: number;
}

@ApiSchema({ description: 'Memory of the process, in MiB.' })
export class MemoryHealth {
  /** The part of the heap that is in use. */
  @ApiProperty({ type: 'number', minimum: 0, example: 52.4 })
  usedMB!: number;

  /** The size of the heap. */
  @ApiProperty({ type: 'number', minimum: 0, example: 73.1 })
  totalMB!: number;

  /** Memory outside of the heap. */
  @ApiProperty({ type: 'number', minimum: 0, example: 4.2 })
  externalMB!: number;

  /** The resident set: all memory of the process in RAM. */
  @ApiProperty({ type: 'number', minimum: 0, example: 150.3 })
  rss!: number;
}

@ApiSchema({ description: 'Resources that the process uses.' })
export class SystemHealth {
  /** The memory of the process. */
  @ApiProperty({ type: MemoryHealth })
  memory!: MemoryHealth;

  /** The CPU use of the process. */
  @ApiProperty({ type: CpuMetrics })
  cpu!: CpuMetrics;

  /** The event loop of the process. */
  @ApiProperty({ type: EventLoopMetrics })
  eventLoop!: EventLoopMetrics;
}

@ApiSchema({ description: 'Snapshot about the process. In development only.' })
export class DebugHealth {
  /** The version of Node.js. */
  @ApiProperty({ type: 'string', example: 'v24.21.0' })
  nodeVersion!: string;

  /** The operating system and the processor. */
  @ApiProperty({ type: 'string', example: 'linux x64' })
  platform!: string;

  /** The process id. */
  @ApiProperty({ type: 'integer', example: 7 })
  pid!: number;

  /** Whether the process serves requests, runs jobs, or both. */
  @ApiProperty({ type: 'string', enum: ROLES, example: 'all' })
  role!: Role;
}

@ApiSchema({ description: 'The health of the service and of what it needs, for people and dashboards.' })
export class HealthReport {
  /** Unhealthy when the database or the job queue is down, since the service cannot work then. An outage of Novita does not count. */
  @ApiProperty({ type: 'string', enum: HEALTH_STATES, example: 'healthy' })
  status!: HealthState;

  /** When this report was made. Its parts were checked within the last second. */
  @ApiProperty({ type: 'string', format: 'date-time', example: '2026-01-02T03:04:05.678Z' })
  timestamp!: string;

  /** Seconds since the process started. */
  @ApiProperty({ type: 'number', minimum: 0, example: 86400.5 })
  uptime!: number;

  /** The state of each part in one word. */
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string', enum: [...PART_STATES] },
    example: { novitaApi: 'up', jobQueue: 'up', cache: 'up', database: 'up', backgroundTasks: 'up', log: 'up' },
  })
  services!: Record<string, PartState>;

  /** The last five minutes. */
  @ApiProperty({ type: PerformanceHealth })
  performance!: PerformanceHealth;

  /** Resources that the process uses. */
  @ApiProperty({ type: SystemHealth })
  system!: SystemHealth;

  /** Each part, with details. */
  @ApiProperty({
    type: 'object',
    additionalProperties: { $ref: '#/components/schemas/PartHealth' },
    example: {
      novitaApi: { status: 'up', lastAnswerAt: '2026-01-02T03:04:05.678Z' },
      jobQueue: { status: 'up', processing: 1, queueSize: 0, scheduled: 12, failed: 0 },
      cache: { status: 'up', hitRatio: 98, totalEntries: 6, hits: 980, misses: 20 },
      database: { status: 'up', responseTime: 0.8 },
      backgroundTasks: { status: 'up' },
      log: { status: 'up', droppedLines: 0 },
    },
  })
  dependencies!: Record<string, PartHealth>;

  /** Shown in development only. */
  @ApiProperty({ type: DebugHealth, required: false })
  debug?: DebugHealth;
}

@ApiSchema({ description: 'The process runs.' })
export class Liveness {
  /** Always `alive`: a stopped process does not answer. */
  @ApiProperty({ type: 'string', enum: ['alive'], example: 'alive' })
  status!: 'alive';
}

@ApiSchema({ name: 'ServiceReadiness', description: 'Whether the service is ready for requests.' })
export class Readiness {
  /** Whether the service is ready. */
  @ApiProperty({ type: 'string', enum: READINESS_STATES, example: 'ready' })
  status!: ReadinessState;

  /** The parts that keep it from being ready. */
  @ApiProperty({ type: 'string', isArray: true, example: [] })
  waitingFor!: string[];
}

@ApiSchema({ description: 'Whether the service has started.' })
export class ServiceStartup {
  /** Whether the service has been ready once. */
  @ApiProperty({ type: 'string', enum: STARTUP_STATES, example: 'started' })
  status!: StartupState;

  /** The parts that keep it from being ready for the first time. */
  @ApiProperty({ type: 'string', isArray: true, example: [] })
  waitingFor!: string[];
}
