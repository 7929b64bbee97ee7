import { applyDecorators } from '@nestjs/common';
import { ApiAcceptedResponse, ApiHeader, ApiOperation, ApiParam } from '@nestjs/swagger';
import type { ErrorCode } from '../../errors/error-codes.js';
import { ApiProblems } from '../../http/api-problems.decorator.js';
import { LONGEST_WAIT_SECONDS } from '../../http/prefer.js';
import { InstanceDto } from './dto/instance.dto.js';

export const ETAG_HEADER = {
  ETag: {
    description: 'The version: send it as If-Match to change only what you have seen.',
    schema: { type: 'string' as const, example: '"3"' },
  },
};

/** `{instance}` in a path. */
export const ApiInstanceParam = (): MethodDecorator =>
  ApiParam({
    name: 'instance',
    description: 'The id of an instance, or the name of one that is not deleted.',
    schema: { type: 'string', maxLength: 100 },
    example: 'comfyui-1',
  });

export const REPLAYED_HEADER = {
  'Idempotency-Replayed': {
    description: '`true` when this key was used before: the request changed nothing.',
    schema: { type: 'string' as const, enum: ['true'] },
  },
};

export const ApiIdempotencyKey = (description: string): MethodDecorator =>
  ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: `Any text of your own, such as \`order-4711\`. ${description}`,
    schema: { type: 'string', maxLength: 255 },
  });

export const PREFERENCE_APPLIED_HEADER = {
  'Preference-Applied': {
    description:
      'The preference that the answer has followed. Absent when there was none, or the service could not wait.',
    schema: { type: 'string' as const, example: 'wait=30' },
  },
};

/** `Prefer: wait` on a command. */
export const ApiPreferWait = (): MethodDecorator =>
  ApiHeader({
    name: 'Prefer',
    required: false,
    description:
      '`wait=30`: answer when what is asked for is so, or cannot come true, and after 30 seconds at the latest (at most ' +
      `${LONGEST_WAIT_SECONDS}). A create, start, restart, update or replacement waits for \`ready\` (a replacement: on the new machine, or on ` +
      'the old one when it has failed), a stop for `stopped`, a delete for `deleted`. The status of the answer is the same as without it: ' +
      'see `status` in its body. A malformed preference is ignored.',
    schema: { type: 'string', maxLength: 200 },
  });

/** What a request that names a plan can be refused with. */
export const PLAN_PROBLEMS = ['PLAN_NOT_FOUND', 'PLAN_EXPIRED', 'PLAN_WITHOUT_OFFER'] as const satisfies ErrorCode[];

const VERB_PROBLEMS: ErrorCode[] = [
  'INSTANCE_NOT_FOUND',
  'ACTION_NOT_ALLOWED',
  'CONCURRENT_CHANGE',
  'PRECONDITION_FAILED',
  'IDEMPOTENCY_KEY_REUSED',
];

/** Of verbs that make an instance cost more. */
export const BUYING_PROBLEMS: ErrorCode[] = [...VERB_PROBLEMS, 'QUOTA_EXCEEDED'];

/** Of a change of what is asked for. */
export const UPDATE_PROBLEMS: ErrorCode[] = [
  ...BUYING_PROBLEMS,
  'FIELD_NOT_CHANGEABLE',
  'DISK_CANNOT_SHRINK',
  'UPDATE_UNDER_WAY',
];

/** What all verbs on an instance have in common, but for `@HttpCode`, which Nest's plugin for OpenAPI looks for at the method itself. */
export const ApiInstanceAction = (
  operationId: string,
  summary: string,
  description: string,
  problems = VERB_PROBLEMS,
  headers: typeof PREFERENCE_APPLIED_HEADER | Record<string, never> = {},
): MethodDecorator =>
  applyDecorators(
    ApiOperation({ operationId, summary, description }),
    ApiInstanceParam(),
    ApiHeader({
      name: 'If-Match',
      required: false,
      description: 'The ETag of the instance as you saw it, such as `"3"`: if it has changed since, nothing is done.',
      schema: { type: 'string' },
    }),
    ApiAcceptedResponse({
      type: InstanceDto,
      description: 'Accepted: the instance as it is now.',
      headers: { ...ETAG_HEADER, ...REPLAYED_HEADER, ...headers },
    }),
    ApiIdempotencyKey('The same request with the same key is carried out once.'),
    ApiProblems(...problems),
  );

/** A command that callers give, and whose effect they may wait for. */
export const ApiInstanceCommand = (
  operationId: string,
  summary: string,
  description: string,
  problems = VERB_PROBLEMS,
): MethodDecorator =>
  applyDecorators(
    ApiInstanceAction(operationId, summary, description, problems, PREFERENCE_APPLIED_HEADER),
    ApiPreferWait(),
  );
