import type { OpenAPIObject } from '@nestjs/swagger';
import type { ErrorCode } from '../errors/error-codes.js';
import { problemResponses, type ProblemResponse } from './problem-responses.js';
import { PROBLEM_MEDIA_TYPE } from './problem.dto.js';

const ANY: ErrorCode[] = ['VALIDATION_ERROR', 'URI_TOO_LONG', 'INTERNAL_SERVER_ERROR'];
const BEYOND_PROBES: ErrorCode[] = ['HOST_NOT_ALLOWED'];
const CHANGES: ErrorCode[] = ['ORIGIN_NOT_ALLOWED'];
const IN_THE_API: ErrorCode[] = ['RATE_LIMIT_EXCEEDED', 'TOO_MANY_IN_FLIGHT', 'SERVICE_UNAVAILABLE'];
const WITH_KEYS: ErrorCode[] = [
  'API_KEY_REQUIRED',
  'API_KEY_INVALID',
  'API_KEY_EXPIRED',
  'API_KEY_REVOKED',
  'TOKEN_INVALID',
  'TOKEN_EXPIRED',
  'IDENTITY_PROVIDER_UNAVAILABLE',
  'SCOPE_MISSING',
];
const WITH_BODY: ErrorCode[] = ['MALFORMED_JSON', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'];

const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const;

type Declared = Partial<ProblemResponse> | undefined;
type Responses = Record<string, Declared | { $ref: string }>;

/** Adds the problems that every operation can answer with to those that each operation declares. */
export function addUniversalProblems(document: OpenAPIObject): OpenAPIObject {
  const shared: Record<string, ProblemResponse> = {};
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of METHODS) {
      const operation = item[method];
      if (operation === undefined) continue;
      const codes = [
        ...ANY,
        ...(path.startsWith('/health/') ? [] : BEYOND_PROBES),
        ...(method === 'get' ? [] : CHANGES),
        ...(path.startsWith('/api/') ? IN_THE_API : []),
        ...(operation.security ? WITH_KEYS : []),
        ...(operation.requestBody === undefined ? [] : WITH_BODY),
      ];
      add(operation.responses as Responses, codes, shared);
    }
  }
  return { ...document, components: { ...document.components, responses: shared } };
}

function add(responses: Responses, codes: readonly ErrorCode[], shared: Record<string, ProblemResponse>): void {
  for (const [status, added] of Object.entries(problemResponses(codes))) {
    const declared = responses[status] as Declared;
    if (declared === undefined) {
      const name = nameOf(Object.keys(added.content[PROBLEM_MEDIA_TYPE].examples));
      shared[name] = added;
      responses[status] = { $ref: `#/components/responses/${name}` };
    } else {
      responses[status] = merged(declared, added);
    }
  }
}

/** `['VALIDATION_ERROR', 'MALFORMED_JSON']` is `ValidationErrorOrMalformedJson`. */
const nameOf = (codes: readonly string[]): string =>
  codes
    .map((code) => code.toLowerCase().replace(/(^|_)([a-z])/g, (_, __, letter: string) => letter.toUpperCase()))
    .join('Or');

function merged(declared: Partial<ProblemResponse>, added: ProblemResponse): Partial<ProblemResponse> {
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
