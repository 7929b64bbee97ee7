import { ERROR_CODES, type ErrorCode } from '../errors/error-codes.js';
import { statusOf } from './error-status.js';
import { PROBLEM_EXAMPLES } from './problem-examples.js';
import { PROBLEM_MEDIA_TYPE, problemTypeOf, type ProblemBody } from './problem.dto.js';

/** An OpenAPI response object with one example for each code. */
export interface ProblemResponse {
  description: string;
  headers?: Record<string, { description: string; schema: { type: 'integer' } }>;
  content: {
    [PROBLEM_MEDIA_TYPE]: {
      schema: { $ref: string };
      examples: Record<string, { summary: string; value: ProblemBody }>;
    };
  };
}

const RETRY_AFTER = { 'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer' } } } as const;

/** OpenAPI responses for these codes, by status. Codes with the same status share a response. */
export function problemResponses(codes: readonly ErrorCode[]): Record<string, ProblemResponse> {
  const distinct = [...new Set(codes)];
  return Object.fromEntries(
    [...new Set(distinct.map(statusOf))].map((status) => [
      String(status),
      responseFor(
        status,
        distinct.filter((code) => statusOf(code) === status),
      ),
    ]),
  );
}

function responseFor(status: number, codes: readonly ErrorCode[]): ProblemResponse {
  return {
    description: codes.map((code) => `\`${code}\`: ${ERROR_CODES[code].title}.`).join('\n\n'),
    ...(status === 429 || status === 503 ? { headers: RETRY_AFTER } : {}),
    content: {
      [PROBLEM_MEDIA_TYPE]: {
        schema: { $ref: '#/components/schemas/Problem' },
        examples: Object.fromEntries(
          codes.map((code) => [code, { summary: ERROR_CODES[code].title, value: exampleOf(code) }]),
        ),
      },
    },
  };
}

function exampleOf(code: ErrorCode): ProblemBody {
  const { title, retryable } = ERROR_CODES[code];
  return {
    type: problemTypeOf(code),
    title,
    status: statusOf(code),
    detail: `${title}.`,
    instance: '/api/instances',
    code,
    retryable,
    requestId: '01JDB3Q3ZC4W8W1Q2J6V5K7N9M',
    ...PROBLEM_EXAMPLES[code],
  };
}
