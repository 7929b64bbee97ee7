import type { OpenAPIObject } from '@nestjs/swagger';
import type { ErrorCode } from '../errors/error-codes.js';
import { problemResponses, type ProblemResponse } from './problem-responses.js';
import { PROBLEM_MEDIA_TYPE } from './problem.dto.js';

const ANY: ErrorCode[] = ['VALIDATION_ERROR', 'RATE_LIMIT_EXCEEDED', 'INTERNAL_SERVER_ERROR', 'SERVICE_UNAVAILABLE'];
const WITH_BODY: ErrorCode[] = ['MALFORMED_JSON', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'];
/** Asked by machines, and not limited. */
const UNLIMITED: ErrorCode[] = ['INTERNAL_SERVER_ERROR'];

const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const;

/** Adds to each operation the problems that every operation can answer with, beside those that it declares itself. */
export function addUniversalProblems(document: OpenAPIObject): OpenAPIObject {
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of METHODS) {
      const operation = item[method];
      if (operation === undefined) continue;
      const codes = [
        ...(path.startsWith('/api/') ? ANY : UNLIMITED),
        ...(operation.requestBody === undefined ? [] : WITH_BODY),
      ];
      const responses = operation.responses as Record<string, Partial<ProblemResponse>>;
      for (const [status, added] of Object.entries(problemResponses(codes))) {
        responses[status] = merged(responses[status], added);
      }
    }
  }
  return document;
}

function merged(declared: Partial<ProblemResponse> | undefined, added: ProblemResponse): Partial<ProblemResponse> {
  if (declared === undefined) return added;
  const own = declared.content?.[PROBLEM_MEDIA_TYPE];
  const universal = added.content[PROBLEM_MEDIA_TYPE];
  return {
    ...added,
    ...declared,
    description: [declared.description, added.description].filter(Boolean).join('\n\n'),
    content: {
      ...declared.content,
      [PROBLEM_MEDIA_TYPE]: { ...universal, examples: { ...own?.examples, ...universal.examples } },
    },
  };
}
