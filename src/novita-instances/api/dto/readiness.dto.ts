import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { ArrayUnique, IsIn, IsInt, IsOptional, IsString, Matches, Max, MaxLength, Min } from 'class-validator';
import { ListOf, TextList } from '../../../http/input-shape.js';

/** A range that is the wrong way round would accept nothing. */
const faultOfStatuses = (text: string): string | null => {
  const [, from, to = from] = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(text) ?? [];
  return from !== undefined && to !== undefined && from <= to ? null : 'must be a status such as "200", or "200-299"';
};

@ApiSchema({ name: 'Probe', description: 'How one port is asked.' })
export class ProbeDto {
  /** A port of the machine. */
  @ApiProperty({ type: 'integer', minimum: 1, maximum: 65535, example: 8188 })
  @IsInt()
  @Min(1)
  @Max(65535)
  port!: number;

  /** `http`: a GET is answered with an accepted status. `tcp`: a connection is accepted. `none`: the port is not asked. */
  @ApiProperty({ enum: ['http', 'tcp', 'none'], enumName: 'ProbeType', example: 'http' })
  @IsIn(['http', 'tcp', 'none'])
  type!: 'http' | 'tcp' | 'none';

  /** Path of the GET. Only for `http`. */
  @ApiProperty({ required: false, default: '/', example: '/health', maxLength: 500 })
  @IsOptional()
  @IsString()
  @MaxLength(500)
  @Matches(/^\/(?!\/)[^\s\\#]*$/, { message: 'path must begin with one / and hold no spaces' })
  path?: string;

  /** Accepted statuses, each one or a range. Only for `http`. Default: 200-399, 401 and 403. */
  @ApiProperty({
    required: false,
    type: 'array',
    items: { type: 'string', pattern: '^[1-5][0-9]{2}(-[1-5][0-9]{2})?$' },
    example: ['200-299'],
    maxItems: 20,
  })
  @IsOptional()
  @TextList(20, faultOfStatuses)
  accept?: string[];
}

@ApiSchema({ name: 'ReadinessRequest', description: 'When the instance shall count as ready.' })
export class ReadinessDto {
  /**
   * How the ports are asked. Default: every `http` port by a GET of `/`, every `tcp` port by a connection. Say another path when the
   * workload answers 404 at `/`: vLLM and others have `/health`.
   */
  @ApiProperty({ required: false, type: [ProbeDto], maxItems: 15 })
  @IsOptional()
  @ListOf(() => ProbeDto, 15)
  @ArrayUnique((probe: ProbeDto) => probe.port, { message: 'probes must not name a port twice' })
  probes?: ProbeDto[];

  /** Seconds between the machine running and the first question. */
  @ApiProperty({ type: 'integer', required: false, minimum: 0, maximum: 3600, default: 0, example: 0 })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(3600)
  initialDelaySeconds?: number = 0;

  /** Seconds between questions once ready, give or take a tenth. Until then, questions come every second. */
  @ApiProperty({ type: 'integer', required: false, minimum: 1, maximum: 3600, default: 30, example: 30 })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(3600)
  intervalSeconds?: number = 30;

  /** Seconds after which a question counts as unanswered. */
  @ApiProperty({ type: 'integer', required: false, minimum: 1, maximum: 30, default: 3, example: 3 })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(30)
  timeoutSeconds?: number = 3;

  /** Good rounds in a row that make the instance ready. */
  @ApiProperty({ type: 'integer', required: false, minimum: 1, maximum: 10, default: 1, example: 1 })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(10)
  successThreshold?: number = 1;

  /** Bad rounds in a row that make a ready instance unready. */
  @ApiProperty({ type: 'integer', required: false, minimum: 1, maximum: 10, default: 3, example: 3 })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(10)
  failureThreshold?: number = 3;

  /**
   * Seconds that a running machine may take until it is ready; then the instance fails, and its machine is stopped. Default: the
   * operator's `READINESS_TIMEOUT_SECONDS`. More than `initialDelaySeconds`.
   */
  @ApiProperty({ type: 'integer', required: false, minimum: 1, maximum: 86400, example: 1800 })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(86400)
  readyWithinSeconds?: number;
}

@ApiSchema({ name: 'Readiness', description: 'When the instance counts as ready, with every default filled in.' })
export class AppliedReadinessDto {
  /** How the ports are asked. Absent when it was not said: every `http` port by a GET of `/`, every `tcp` port by a connection. */
  @ApiProperty({ required: false, type: [ProbeDto] })
  probes?: ProbeDto[];

  /** Seconds between the machine running and the first question. */
  @ApiProperty({ type: 'integer', example: 0 })
  initialDelaySeconds!: number;

  /** Seconds between questions once ready, give or take a tenth. Until then, questions come every second. */
  @ApiProperty({ type: 'integer', example: 30 })
  intervalSeconds!: number;

  /** Seconds after which a question counts as unanswered. */
  @ApiProperty({ type: 'integer', example: 3 })
  timeoutSeconds!: number;

  /** Good rounds in a row that make the instance ready. */
  @ApiProperty({ type: 'integer', example: 1 })
  successThreshold!: number;

  /** Bad rounds in a row that make a ready instance unready. */
  @ApiProperty({ type: 'integer', example: 3 })
  failureThreshold!: number;

  /** Seconds that a running machine may take until it is ready. Absent when it was not said: what the operator has set. */
  @ApiProperty({ type: 'integer', required: false, example: 1800 })
  readyWithinSeconds?: number;
}
