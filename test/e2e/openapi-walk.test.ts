/** docs/openapi.json, walked from end to end: what a reader needs is there, and what it shows is true to itself. */
import { describe, expect, it } from 'vitest';
import { ERROR_CODES, type ErrorCode } from '../../src/errors/error-codes.js';
import { statusOf } from '../../src/http/error-status.js';
import { ApiDocument, type Operation, type Schema } from '../support/api-document.js';

const document = ApiDocument.load();

/** What is answered before it is known which operation was meant, or when there is none. The page of codes has them. */
const OUTSIDE_OF_OPERATIONS: ErrorCode[] = [
  'NOT_FOUND',
  'METHOD_NOT_ALLOWED',
  'HEADERS_TOO_LARGE',
  'REQUEST_TIMEOUT',
  'REQUEST_ABORTED',
  'EXPECTATION_FAILED',
];

const PROBLEM = 'application/problem+json';

interface ProblemExample {
  code: ErrorCode;
  status: number;
  title: string;
}

/** The examples of refusals of one operation, each with the status that it stands under. */
const refusals = (operation: Operation): { status: string; name: string; problem: ProblemExample }[] =>
  Object.keys(operation.responses).flatMap((status) =>
    Object.entries(document.response(operation, status)?.content?.[PROBLEM]?.examples ?? {}).map(
      ([name, { value }]) => ({
        status,
        name,
        problem: value as ProblemExample,
      }),
    ),
  );

describe.each(document.operations.map((operation) => [operation.operationId, operation] as const))(
  'the operation %s',
  (_operationId, operation) => {
    it('says what it is', () => {
      expect(operation.operationId).toMatch(
        /^(list|get|explain|activate|create|delete|replace|start|stop|restart|retry|adopt|ignore|terminate|declare|resume|reset|rotate|revoke|wait|stream|update|redeliver|replay|test)[A-Z][A-Za-z]+$/,
      );
      expect(operation.summary?.trim()).toBeTruthy();
      expect(operation.description?.trim()).toBeTruthy();
      expect(operation.tags).toHaveLength(1);
      expect(document.tags).toEqual(expect.arrayContaining(operation.tags ?? []));
      for (const { name, description, example, schema } of operation.parameters ?? []) {
        expect(description, name).toBeTruthy();
        // Swagger UI would fill it in, and send it
        expect([undefined, schema.default], name).toContain(example ?? schema.example);
      }
    });

    it('describes and shows every answer', () => {
      for (const status of Object.keys(operation.responses)) {
        const response = document.response(operation, status);
        expect(response?.description.trim(), status).toBeTruthy();
        for (const content of Object.values(response?.content ?? {})) {
          const shown = content.examples
            ? Object.values(content.examples).map(({ value }) => value)
            : [content.example ?? document.exampleOf(content.schema)];
          expect(shown.length, status).toBeGreaterThan(0);
          for (const value of shown) expect(document.fault(content.schema, value), status).toBeNull();
        }
      }
      expect(Object.keys(operation.responses).filter((status) => status.startsWith('2'))).toHaveLength(1);
    });

    it('shows bodies that may be sent', () => {
      for (const { schema, examples } of Object.values(operation.requestBody?.content ?? {})) {
        expect(Object.keys(examples ?? {}).length).toBeGreaterThan(0);
        for (const { value } of Object.values(examples ?? {})) expect(document.fault(schema, value)).toBeNull();
      }
    });

    it('documents refusals by codes that exist, under the status that they have', () => {
      expect(refusals(operation).length).toBeGreaterThan(0);
      for (const { status, name, problem } of refusals(operation)) {
        expect(Object.keys(ERROR_CODES)).toContain(problem.code);
        expect(problem).toMatchObject({ code: name, status: Number(status), title: ERROR_CODES[problem.code].title });
        expect(statusOf(problem.code)).toBe(Number(status));
      }
    });
  },
);

describe('the document', () => {
  it('has every error code at some operation, but for those that belong to none', () => {
    const documented = new Set(document.operations.flatMap(refusals).map(({ problem }) => problem.code));
    const missing = Object.keys(ERROR_CODES).filter((code) => !documented.has(code as ErrorCode));
    expect(missing).toEqual(OUTSIDE_OF_OPERATIONS);
    expect(document.schemas['ErrorCode']?.enum).toEqual(Object.keys(ERROR_CODES));
  });

  it.each(Object.entries(document.schemas))(
    'describes %s and all in it, and has an example of each',
    (_name, schema) => {
      expect(schema.description).toBeTruthy();
      for (const [property, of] of Object.entries(schema.properties ?? {})) {
        expect(of.description?.trim(), property).toBeTruthy();
        expect(shows(of), `${property} has an example`).toBe(true);
        if ('example' in of) expect(document.fault(of, of.example), property).toBeNull();
      }
    },
  );

  it('has no schema without a name where a program would want one', () => {
    for (const [name, schema] of Object.entries(document.schemas)) {
      expect(name).not.toMatch(/Dto|Query|Object|_/);
      for (const [property, of] of Object.entries(schema.properties ?? {})) {
        for (const part of [of, of.items ?? {}]) {
          expect(part.properties, `${name}.${property} is an object without a name`).toBeUndefined();
        }
        if (of.type === 'object') expect(of.additionalProperties, `${name}.${property}`).toBeDefined();
      }
    }
  });
});

/** Has an example of its own, or refers to a schema whose every part has one. */
const shows = (schema: Schema): boolean => {
  if ('example' in schema) return true;
  const named = [...(schema.allOf ?? []), ...(schema.anyOf ?? []), schema.items ?? {}].find(({ $ref }) => $ref);
  if (!named) return false;
  const { properties, enum: words } = document.schema(named);
  return words !== undefined || Object.values(properties ?? {}).every(shows);
};
