import { applyDecorators } from '@nestjs/common';
import { ApiAcceptedResponse, ApiHeader, ApiOperation, ApiParam } from '@nestjs/swagger';
import type { ErrorCode } from '../../errors/error-codes.js';
import { ApiProblems } from '../../http/api-problems.decorator.js';
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

const VERB_PROBLEMS: ErrorCode[] = [
  'INSTANCE_NOT_FOUND',
  'ACTION_NOT_ALLOWED',
  'CONCURRENT_CHANGE',
  'PRECONDITION_FAILED',
  'IDEMPOTENCY_KEY_REUSED',
];

/** Of verbs that make an instance cost more. */
export const BUYING_PROBLEMS: ErrorCode[] = [...VERB_PROBLEMS, 'QUOTA_EXCEEDED'];

/** What all verbs on an instance have in common, but for `@HttpCode`, which Nest's plugin for OpenAPI looks for at the method itself. */
export const ApiInstanceAction = (
  operationId: string,
  summary: string,
  description: string,
  problems = VERB_PROBLEMS,
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
      headers: { ...ETAG_HEADER, ...REPLAYED_HEADER },
    }),
    ApiIdempotencyKey('The same request with the same key is carried out once.'),
    ApiProblems(...problems),
  );
