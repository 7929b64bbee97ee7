import { ApiProperty, ApiSchema } from '@nestjs/swagger';

@ApiSchema({ description: 'What is known of one part.' })
export class PartHealth {
  /** Whether it does its work. */
  @ApiProperty({ type: 'string', enum: ['up', 'degraded', 'down'], example: 'up' })
  status!: 'up' | 'degraded' | 'down';

  /** What is wrong, or what is not known yet. */
  @ApiProperty({ type: 'string', required: false, example: 'does not answer' })
  message?: string;

  /** When it answered last, for parts that are not asked for their health but judged by their work. */
  @ApiProperty({ type: 'string', format: 'date-time', required: false, example: '2026-01-02T03:04:05.678Z' })
  lastAnswerAt?: string;
}

const parts = (example: Record<string, object>) => ({
  type: 'object' as const,
  additionalProperties: { $ref: '#/components/schemas/PartHealth' },
  example,
});

@ApiSchema({ description: 'The health of the service and of what it needs, for people and dashboards.' })
export class HealthReport {
  /** Unhealthy when a part is down without which the service cannot serve. */
  @ApiProperty({ type: 'string', enum: ['healthy', 'unhealthy'], example: 'healthy' })
  status!: 'healthy' | 'unhealthy';

  /** When this was found out. */
  @ApiProperty({ type: 'string', format: 'date-time', example: '2026-01-02T03:04:05.678Z' })
  timestamp!: string;

  /** Seconds since the process started. */
  @ApiProperty({ type: 'number', minimum: 0, example: 86400.5 })
  uptime!: number;

  /** Parts of the service: when one is down, it cannot serve. */
  @ApiProperty(parts({ database: { status: 'up' } }))
  services!: Record<string, PartHealth>;

  /** What the service depends on: when one is down, it serves, and the work that needs it waits. */
  @ApiProperty(parts({ 'novita-api': { status: 'up', lastAnswerAt: '2026-01-02T03:04:05.678Z' } }))
  dependencies!: Record<string, PartHealth>;
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
  @ApiProperty({ type: 'string', enum: ['ready', 'not_ready'], example: 'ready' })
  status!: 'ready' | 'not_ready';

  /** The parts that keep it from being ready. */
  @ApiProperty({ type: 'string', isArray: true, example: [] })
  waitingFor!: string[];
}
