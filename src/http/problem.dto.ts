import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import type { Fault } from '../errors/domain-error.js';
import { ERROR_CODES, type ErrorCode } from '../errors/error-codes.js';

@ApiSchema({ description: 'One thing that is wrong with the request.' })
export class ProblemFault {
  /**
   * Where: an RFC 6901 JSON pointer into the body, `?name` for a query parameter, `:name` for a path parameter, or
   * `#header/name` for a header.
   * @example "/ports/0/port"
   */
  @ApiProperty({ type: 'string' })
  pointer!: string;

  /**
   * What is wrong there.
   * @example "port must not be greater than 65535"
   */
  @ApiProperty({ type: 'string' })
  detail!: string;
}

@ApiSchema({
  description:
    'Why a request was refused or failed: RFC 9457 problem details. Branch on `code`; it never changes its meaning.',
})
export class Problem {
  /**
   * A page about this code, relative to the service.
   * @example "/docs/errors#VALIDATION_ERROR"
   */
  @ApiProperty({ type: 'string', format: 'uri-reference' })
  type!: string;

  /**
   * What sort of problem, the same for every occurrence.
   * @example "The request is not valid"
   */
  @ApiProperty({ type: 'string' })
  title!: string;

  /** The HTTP status of the answer. */
  @ApiProperty({ type: 'integer', minimum: 400, maximum: 599, example: 400 })
  status!: number;

  /**
   * What happened this time, for a person to read.
   * @example "port must not be greater than 65535"
   */
  @ApiProperty({ type: 'string' })
  detail!: string;

  /**
   * The path that was asked for.
   * @example "/api/instances"
   */
  @ApiProperty({ type: 'string' })
  instance!: string;

  /** Stable and meant for programs. */
  @ApiProperty({ type: 'string', enum: Object.keys(ERROR_CODES), enumName: 'ErrorCode', example: 'VALIDATION_ERROR' })
  code!: ErrorCode;

  /** Whether the identical request may succeed later without the caller changing anything. */
  @ApiProperty({ type: 'boolean', example: false })
  retryable!: boolean;

  /**
   * The id of this request, as in the `X-Request-Id` header and in the service's log.
   * @example "01JDB3Q3ZC4W8W1Q2J6V5K7N9M"
   */
  @ApiProperty({ type: 'string' })
  requestId!: string;

  /** Everything that is wrong with the request, thing by thing. */
  @ApiProperty({ type: () => [ProblemFault], required: false })
  errors?: ProblemFault[];

  /** What may be done instead, for an action that the current state forbids. */
  @ApiProperty({ type: 'string', isArray: true, required: false, example: ['start', 'delete'] })
  allowedActions?: string[];

  /** The id of an instance that may be costing money and that the caller should know of. */
  @ApiProperty({ type: 'string', required: false, example: 'ins_01JDB3Q3ZC4W8W1Q2J6V5K7N9M' })
  instanceId?: string;
}

/** A problem as plain data; the class beside it only documents the shape. */
export type ProblemBody = Omit<Problem, 'errors'> & { errors?: Fault[] };

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** Where the page about a code is, on this service (see docs-pages). */
export const problemTypeOf = (code: ErrorCode): string => `/docs/errors#${code}`;
