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
import { CpuMetrics, EventLoopMetrics } from '../metrics/metrics-json.dto.js';

@ApiSchema({ description: 'What is known of one part.' })
export class PartHealth {
  /** Whether it does its work. */
  @ApiProperty({ type: 'string', enum: PART_STATES, example: 'up' })
  status!: PartState;

  /** What is wrong, or what is not known yet. */
  @ApiProperty({ type: 'string', required: false, example: 'does not answer' })
  message?: string;

  /** When it answered last, for parts that are not asked for their health but judged by their work. */
  @ApiProperty({ type: 'string', format: 'date-time', required: false, example: '2026-01-02T03:04:05.678Z' })
  lastAnswerAt?: string;

  /** Of the database: milliseconds that its answer took. */
  @ApiProperty({ type: 'number', minimum: 0, required: false, example: 0.8 })
  responseTime?: number;

  /** Of the job queue: jobs that run in this replica. */
  @ApiProperty({ type: 'integer', minimum: 0, required: false, example: 1 })
  processing?: number;

  /** Of the job queue: jobs of all replicas that could begin now and have not. */
  @ApiProperty({ type: 'integer', minimum: 0, required: false, example: 0 })
  queueSize?: number;

  /** Of the job queue: jobs that wait for a later time. */
  @ApiProperty({ type: 'integer', minimum: 0, required: false, example: 12 })
  scheduled?: number;

  /** Of the job queue: jobs that failed for good and wait for a person. */
  @ApiProperty({ type: 'integer', minimum: 0, required: false, example: 0 })
  failed?: number;

  /** Of the cache: percent of the questions that did not wait for Novita. */
  @ApiProperty({ type: 'number', minimum: 0, maximum: 100, required: false, example: 98 })
  hitRatio?: number;

  /** Of the cache: answers that it holds. */
  @ApiProperty({ type: 'integer', minimum: 0, required: false, example: 6 })
  totalEntries?: number;

  /** Of the cache: questions that it answered. */
  @ApiProperty({ type: 'integer', minimum: 0, required: false, example: 980 })
  hits?: number;

  /** Of the cache: questions that waited for Novita. */
  @ApiProperty({ type: 'integer', minimum: 0, required: false, example: 20 })
  misses?: number;

  /** Of the log: lines that were dropped since the start, because what reads standard output did not keep up. */
  @ApiProperty({ type: 'integer', minimum: 0, required: false, example: 0 })
  droppedLines?: number;
}

@ApiSchema({ description: 'The last five minutes of this replica.' })
export class PerformanceHealth {
  /** Answered requests in a minute. */
  @ApiProperty({ type: 'number', minimum: 0, example: 42 })
  requestsPerMinute!: number;

  /** Their average duration in milliseconds. */
  @ApiProperty({ type: 'number', minimum: 0, example: 8.2 })
  averageResponseTime!: number;

  /** Percent of them that were answered with 500 or more. */
  @ApiProperty({ type: 'number', minimum: 0, maximum: 100, example: 0 })
  errorRate!: number;

  /** Runs of jobs that ended in a minute. */
  @ApiProperty({ type: 'number', minimum: 0, example: 12 })
  jobProcessingRate!: number;
}

@ApiSchema({ description: 'Memory of the process, in MiB.' })
export class MemoryHealth {
  /** What of the heap is in use. */
  @ApiProperty({ type: 'number', minimum: 0, example: 52.4 })
  usedMB!: number;

  /** The heap. */
  @ApiProperty({ type: 'number', minimum: 0, example: 73.1 })
  totalMB!: number;

  /** Outside of the heap. */
  @ApiProperty({ type: 'number', minimum: 0, example: 4.2 })
  externalMB!: number;

  /** All that it holds in RAM. */
  @ApiProperty({ type: 'number', minimum: 0, example: 150.3 })
  rss!: number;
}

@ApiSchema({ description: 'What the process uses.' })
export class SystemHealth {
  /** Its memory. */
  @ApiProperty({ type: MemoryHealth })
  memory!: MemoryHealth;

  /** Its share of the CPU. */
  @ApiProperty({ type: CpuMetrics })
  cpu!: CpuMetrics;

  /** Its event loop. */
  @ApiProperty({ type: EventLoopMetrics })
  eventLoop!: EventLoopMetrics;
}

@ApiSchema({ description: 'What the process is. In development only.' })
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

  /** Whether it answers requests, does jobs, or both. */
  @ApiProperty({ type: 'string', enum: ROLES, example: 'all' })
  role!: Role;
}

@ApiSchema({ description: 'The health of the service and of what it needs, for people and dashboards.' })
export class HealthReport {
  /** Unhealthy when the database or the job queue is down: the service cannot serve then. Novita may be down. */
  @ApiProperty({ type: 'string', enum: HEALTH_STATES, example: 'healthy' })
  status!: HealthState;

  /** When this was told; its parts were asked within the last second. */
  @ApiProperty({ type: 'string', format: 'date-time', example: '2026-01-02T03:04:05.678Z' })
  timestamp!: string;

  /** Seconds since the process started. */
  @ApiProperty({ type: 'number', minimum: 0, example: 86400.5 })
  uptime!: number;

  /** Each part in one word. */
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string', enum: [...PART_STATES] },
    example: { novitaApi: 'up', jobQueue: 'up', cache: 'up', database: 'up', backgroundTasks: 'up', log: 'up' },
  })
  services!: Record<string, PartState>;

  /** The last five minutes. */
  @ApiProperty({ type: PerformanceHealth })
  performance!: PerformanceHealth;

  /** What the process uses. */
  @ApiProperty({ type: SystemHealth })
  system!: SystemHealth;

  /** Each part, with what is known of it. */
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

  /** In development only. */
  @ApiProperty({ type: DebugHealth, required: false })
  debug?: DebugHealth;
}

@ApiSchema({ description: 'The process runs.' })
export class Liveness {
  /** Always `alive`: a process that does not run does not answer. */
  @ApiProperty({ type: 'string', enum: ['alive'], example: 'alive' })
  status!: 'alive';
}

@ApiSchema({ name: 'ServiceReadiness', description: 'Whether the service wants requests.' })
export class Readiness {
  /** Whether it does. */
  @ApiProperty({ type: 'string', enum: READINESS_STATES, example: 'ready' })
  status!: ReadinessState;

  /** The parts that keep it from being ready. */
  @ApiProperty({ type: 'string', isArray: true, example: [] })
  waitingFor!: string[];
}

@ApiSchema({ description: 'Whether the service has started.' })
export class ServiceStartup {
  /** Whether it has been ready once. */
  @ApiProperty({ type: 'string', enum: STARTUP_STATES, example: 'started' })
  status!: StartupState;

  /** The parts that keep it from being ready for the first time. */
  @ApiProperty({ type: 'string', isArray: true, example: [] })
  waitingFor!: string[];
}
