import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiResponse } from '@nestjs/swagger';
import type { ErrorCode } from '../errors/error-codes.js';
import { problemResponses } from './problem-responses.js';
import { Problem } from './problem.dto.js';

/**
 * Documents the refusals of an operation, each as an `application/problem+json` response with an example. Name only those that are
 * specific to the operation: `addUniversalProblems` adds the common ones.
 */
export const ApiProblems = (...codes: ErrorCode[]): ClassDecorator & MethodDecorator =>
  applyDecorators(
    ApiExtraModels(Problem),
    ...Object.entries(problemResponses(codes)).map(([status, response]) =>
      ApiResponse({ status: Number(status), ...response }),
    ),
  );
