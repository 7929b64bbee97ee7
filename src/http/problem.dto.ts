import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import type { Fault } from '../errors/domain-error.js';
import { TOKEN_FAULT, type TokenFault } from '../vocabulary/token-fault.js';
import { ERROR_CODES, type ErrorCode } from '../errors/error-codes.js';

@ApiSchema({ description: 'One fault of the request.' })
export class ProblemFault {
  /**
   * Where the fault is: an RFC 6901 JSON pointer into the body, `?name` for a query parameter, `:name` for a path parameter, or
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
   * The URL of a page about this code, relative to the service.
   * @example "/docs/errors#VALIDATION_ERROR"
   */
  @ApiProperty({ type: 'string', format: 'uri-reference' })
  type!: string;

  /**
   * What the code means, the same for every occurrence.
   * @example "The request is not valid"
   */
  @ApiProperty({ type: 'string' })
  title!: string;

  /** The HTTP status of the answer. */
  @ApiProperty({ type: 'integer', minimum: 400, maximum: 599, example: 400 })
  status!: number;

  /**
   * What happened this time, for people to read.
   * @example "port must not be greater than 65535"
   */
  @ApiProperty({ type: 'string' })
  detail!: string;

  /**
   * The path of the request.
   * @example "/api/instances"
   */
  @ApiProperty({ type: 'string' })
  instance!: string;

  /** The stable code, for programs. */
  @ApiProperty({ type: 'string', enum: Object.keys(ERROR_CODES), enumName: 'ErrorCode', example: 'VALIDATION_ERROR' })
  code!: ErrorCode;

  /** Whether the identical request may succeed later. */
  @ApiProperty({ type: 'boolean', example: false })
  retryable!: boolean;

  /**
   * The id of this request, as in the `X-Request-Id` header and in the service's log.
   * @example "01JDB3Q3ZC4W8W1Q2J6V5K7N9M"
   */
  @ApiProperty({ type: 'string' })
  requestId!: string;

  /** Every fault of the request. */
  @ApiProperty({ type: () => [ProblemFault], required: false })
  errors?: ProblemFault[];

  /** What is wrong with the token that was refused. */
  @ApiProperty({ ...TOKEN_FAULT, required: false })
  reason?: TokenFault;

  /** The actions that the current state allows, when it forbids the requested one. */
  @ApiProperty({ type: 'string', isArray: true, required: false, example: ['start', 'delete'] })
  allowedActions?: string[];

  /** The id of an instance that the caller should know of, since it may cost money. */
  @ApiProperty({ type: 'string', required: false, example: 'ins_01JDB3Q3ZC4W8W1Q2J6V5K7N9M' })
  instanceId?: string;

  /** The instance as it is now, when the request waited for it in vain. */
  @ApiProperty({ type: 'object', required: false, allOf: [{ $ref: '#/components/schemas/Instance' }] } as never)
  instanceState?: object;
}

/** A problem as plain data. The class `Problem` only documents the shape. */
export type ProblemBody = Omit<Problem, 'errors'> & { errors?: Fault[] };

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** The URL of the page about a code, on this service. */
export const problemTypeOf = (code: ErrorCode): string => `/docs/errors#${code}`;
