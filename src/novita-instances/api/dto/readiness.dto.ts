import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { IntegerField, ObjectListField, TextField, TextListField, WordField } from '../../../http/fields.js';
import { PROBE_TYPE, type ProbeType } from '../../../vocabulary/probe-type.js';

/** A range that is the wrong way round would accept nothing. */
const faultOfStatuses = (text: string): string | null => {
  const [, from, to = from] = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(text) ?? [];
  return from !== undefined && to !== undefined && from <= to ? null : 'must be a status such as "200", or "200-299"';
};

@ApiSchema({ name: 'Probe', description: 'How one port is asked.' })
export class ProbeDto {
  /** A port of the machine. */
  @IntegerField({ from: 1, to: 65535, example: 8188 })
  port!: number;

  /** `http`: a GET is answered with an accepted status. `tcp`: a connection is accepted. `none`: the port is not asked. */
  @WordField(PROBE_TYPE)
  type!: ProbeType;

  /** Path of the GET. Only for `http`. */
  @TextField({
    isOptional: true,
    most: 500,
    pattern: /^\/(?!\/)[^\s\\#]*$/,
    says: 'path must begin with one / and hold no spaces',
    default: '/',
    example: '/health',
  })
  path?: string;

  /** Accepted statuses, each one or a range. Only for `http`. Default: 200-399, 401 and 403. */
  @TextListField({
    isOptional: true,
    most: 20,
    each: { schema: { pattern: '^[1-5][0-9]{2}(-[1-5][0-9]{2})?$' }, faultOf: faultOfStatuses },
    example: ['200-299'],
  })
  accept?: string[];
}

@ApiSchema({ name: 'ReadinessRequest', description: 'When the instance shall count as ready.' })
export class ReadinessDto {
  /**
   * How the ports are asked. Default: every `http` port by a GET of `/`, every `tcp` port by a connection. Say another path when the
   * workload answers 404 at `/`: vLLM and others have `/health`.
   */
  @ObjectListField(() => ProbeDto, {
    isOptional: true,
    most: 15,
    unique: { key: 'port', says: 'probes must not name a port twice' },
  })
  probes?: ProbeDto[];

  /** Seconds between the machine running and the first question. */
  @IntegerField({ isOptional: true, from: 0, to: 3600, default: 0, example: 0 })
  initialDelaySeconds?: number = 0;

  /** Seconds between questions once ready, give or take a tenth. Until then, questions come every second. */
  @IntegerField({ isOptional: true, from: 1, to: 3600, default: 30, example: 30 })
  intervalSeconds?: number = 30;

  /** Seconds after which a question counts as unanswered. */
  @IntegerField({ isOptional: true, from: 1, to: 30, default: 3, example: 3 })
  timeoutSeconds?: number = 3;

  /** Good rounds in a row that make the instance ready. */
  @IntegerField({ isOptional: true, from: 1, to: 10, default: 1, example: 1 })
  successThreshold?: number = 1;

  /** Bad rounds in a row that make a ready instance unready. */
  @IntegerField({ isOptional: true, from: 1, to: 10, default: 3, example: 3 })
  failureThreshold?: number = 3;

  /**
   * Seconds that a running machine may take until it is ready; then the instance fails, and its machine is stopped. Default: the
   * operator's `READINESS_TIMEOUT_SECONDS`. More than `initialDelaySeconds`.
   */
  @IntegerField({ isOptional: true, from: 1, to: 86400, example: 1800 })
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
