import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiResponse } from '@nestjs/swagger';
import type { ErrorCode } from '../errors/error-codes.js';
import { problemResponses } from './problem-responses.js';
import { Problem } from './problem.dto.js';

/**
 * Documents which refusals an operation can answer with, each as an `application/problem+json` response with an example.
 * Name only what is particular to the operation: those that every operation has are added when the document is made.
 */
export const ApiProblems = (...codes: ErrorCode[]): ClassDecorator & MethodDecorator =>
  applyDecorators(
    ApiExtraModels(Problem),
    ...Object.entries(problemResponses(codes)).map(([status, response]) =>
      ApiResponse({ status: Number(status), ...response }),
    ),
  );
