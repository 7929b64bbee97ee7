import { describe, expect, it } from 'vitest';
import type { NovitaAnswer, NovitaFailure } from './novita-transport.js';
import { inWords } from '../../test/support/in-words.js';
import { sortActionAnswer, sortCreateAnswer } from './sort-answer.js';

const answer = (status: number, body: string, extra: Partial<NovitaAnswer> = {}): NovitaAnswer => ({
  kind: 'answer',
  status,
  body,
  contentType: 'application/json',
  retryAfterSeconds: null,
  ...extra,
});
const failure = (extra: Partial<NovitaFailure>): NovitaFailure => ({
  kind: 'failure',
  phase: 'sent',
  cause: 'network',
  status: null,
  code: 'ECONNRESET',
  ...extra,
});
const novitaError = (code: number, reason: string, message = 'a sentence'): string =>
  JSON.stringify({ code, reason, message, metadata: {} });

const CREATED = '{"id":"79485daa470d8d6d"}';
const OUT_OF_STOCK = novitaError(400, 'INSUFFICIENT_RESOURCE');
const MISSING = novitaError(404, 'RESOURCE_NOT_FOUND', 'instance not found');
const BODIES = {
  created: CREATED,
  novitaError: OUT_OF_STOCK,
  html: '<html><h1>Bad Gateway</h1></html>',
  empty: '',
  emptyObject: '{}',
  proxyError: '{"message":"no Route matched with those values"}',
};
type Body = keyof typeof BODIES;

const SUCCESSES = [200, 201, 202, 204];
const REFUSALS = [400, 401, 402, 403, 404, 410, 422, 429, 499];
const UNDECIDED = [300, 301, 302, 307, 308, 408, 409, 425, 500, 502, 503, 504, 520, 599];
const TABLE = [...SUCCESSES, ...REFUSALS, ...UNDECIDED].flatMap((status) =>
  (Object.keys(BODIES) as Body[]).map((body) => ({ status, body })),
);

describe('sorting the answer to a create', () => {
  it.each(TABLE)('sorts HTTP $status with body $body', ({ status, body }) => {
    const expected =
      SUCCESSES.includes(status) && body === 'created'
        ? 'accepted'
        : REFUSALS.includes(status) && body === 'novitaError'
          ? 'rejected'
          : 'ambiguous';
    expect(sortCreateAnswer(answer(status, BODIES[body])).kind).toBe(expected);
  });

  it.each([
    ['cut-off JSON', '{"id":"79485daa470d'],
    ['no id', '{"instanceId":"79485daa470d8d6d"}'],
    ['an empty id', '{"id":""}'],
    ['a number for an id', '{"id":79485}'],
    ['null for an id', '{"id":null}'],
    ['two ids', '{"id":"79485daa470d8d6d","id":"0f1e2d3c4b5a6978"}'],
    ['an id with a path in it', '{"id":"../../billing"}'],
    ['an id with a line break', '{"id":"79485\\n"}'],
    ['an id that is too long', `{"id":"${'a'.repeat(256)}"}`],
    ['a bare string', '"79485daa470d8d6d"'],
    ['a list', '[{"id":"79485daa470d8d6d"}]'],
    ['an error under 200', OUT_OF_STOCK],
  ])('takes a 200 with %s for ambiguous', (_what, body) => {
    expect(sortCreateAnswer(answer(200, body)).kind).toBe('ambiguous');
  });

  it('takes the id as it came', () => {
    expect(sortCreateAnswer(answer(200, CREATED))).toEqual({ kind: 'accepted', machineId: '79485daa470d8d6d' });
  });

  it('does not believe an id in a page that calls itself HTML', () => {
    expect(sortCreateAnswer(answer(200, CREATED, { contentType: 'text/html' })).kind).toBe('ambiguous');
    expect(sortCreateAnswer(answer(200, CREATED, { contentType: null })).kind).toBe('accepted');
  });

  it('keeps reason, sentence, status and the wanted pause of a rejection', () => {
    const body = novitaError(429, 'RATE_LIMIT_EXCEEDED', 'slow\u0000down\r\nplease');
    expect(inWords(sortCreateAnswer(answer(429, body, { retryAfterSeconds: 7 })))).toEqual({
      kind: 'rejected',
      rejection: {
        reason: 'RATE_LIMIT_EXCEEDED',
        message: 'slow down please',
        httpStatus: 429,
        retryAfterSeconds: 7,
      },
    });
  });

  it('cuts a sentence at 300 characters', () => {
    const outcome = sortCreateAnswer(answer(400, novitaError(400, 'VALIDATOR_PARAM', 'x'.repeat(5000))));
    expect(outcome.kind === 'rejected' && inWords(outcome.rejection.message)).toHaveLength(300);
  });

  it.each([
    ['a missing reason', '{"code":400,"message":"INSUFFICIENT_RESOURCE: no node has room"}', 'INSUFFICIENT_RESOURCE'],
    ['an empty reason', '{"code":400,"reason":"","message":"quota: CREATE_GPU_NUM_LIMIT"}', 'CREATE_GPU_NUM_LIMIT'],
    ['a reason that says nothing', novitaError(400, 'UNKNOWN', 'INSUFFICIENT_RESOURCE: full'), 'INSUFFICIENT_RESOURCE'],
    ['a reason that ends with a space', novitaError(400, 'BUDGET_LIMIT_TOO_SMALL '), 'BUDGET_LIMIT_TOO_SMALL'],
    ['a reason that is not on the list', novitaError(400, 'SOMETHING_NEW'), 'SOMETHING_NEW'],
  ])('finds what was meant behind %s', (_what, body, reason) => {
    const outcome = sortCreateAnswer(answer(400, body));
    expect(outcome.kind === 'rejected' && inWords(outcome.rejection.reason)).toBe(reason);
  });

  it.each([
    ['{"code":400,"message":"NO_SUCH_REASON: x"}'],
    ['{"code":400,"message":"bad request"}'],
    ['{"message":"FORBIDDEN"}'],
    ['{"reason":"INSUFFICIENT_RESOURCE"}'],
    ['{"reason":"Forbidden","code":400,"message":"k8s"}'],
    ['["INSUFFICIENT_RESOURCE"]'],
    ['null'],
  ])('does not take %s for a rejection', (body) => {
    expect(sortCreateAnswer(answer(400, body)).kind).toBe('ambiguous');
  });

  it.each([
    [failure({ phase: 'not-sent', code: 'ECONNREFUSED' }), 'not-sent'],
    [failure({ phase: 'not-sent', cause: 'timeout' }), 'not-sent'],
    [failure({ phase: 'sent' }), 'ambiguous'],
    [failure({ phase: 'sent', cause: 'timeout' }), 'ambiguous'],
    [failure({ phase: 'sent', cause: 'too-large', status: 200 }), 'ambiguous'],
    [failure({ phase: 'sent', status: 400 }), 'ambiguous'],
  ] as const)('sorts %o', (reply, kind) => {
    expect(sortCreateAnswer(reply).kind).toBe(kind);
  });
});

describe('sorting the answer to an action', () => {
  it.each(TABLE)('sorts HTTP $status with body $body', ({ status, body }) => {
    const expected = SUCCESSES.includes(status)
      ? 'acknowledged'
      : REFUSALS.includes(status) && body === 'novitaError'
        ? 'rejected'
        : 'ambiguous';
    expect(sortActionAnswer(answer(status, BODIES[body])).kind).toBe(expected);
  });

  it('counts the head of a 2xx even when its body never came whole', () => {
    expect(sortActionAnswer(failure({ status: 200, cause: 'too-large' })).kind).toBe('acknowledged');
    expect(sortActionAnswer(failure({ status: 404 })).kind).toBe('ambiguous');
    expect(sortActionAnswer(failure({ phase: 'not-sent' })).kind).toBe('not-sent');
  });

  it.each([
    [404, MISSING],
    [400, novitaError(400, 'RESOURCE_NOT_FOUND', 'container not found')],
    [400, novitaError(400, 'NOT_FOUNT', 'no such container')],
    [400, novitaError(400, 'SOMETHING_NEW', 'container not fount')],
    [404, '{"code":404,"message":"instance 79485daa470d8d6d not found"}'],
    [404, '{"code":"404","message":"not fount"}'],
  ])('takes HTTP %i %s for a machine that is not there', (status, body) => {
    expect(sortActionAnswer(answer(status, body))).toEqual({ kind: 'not-found' });
  });

  it.each([
    ['a page of a proxy', 404, '<html>404 Not Found</html>', 'ambiguous'],
    ['a route that does not exist', 404, '{"code":404,"message":"404 page not found"}', 'ambiguous'],
    ['words without shape', 404, '{"message":"instance not found"}', 'ambiguous'],
    ['a missing image', 400, novitaError(400, 'IMAGE_NOT_FOUND', 'image not found'), 'rejected'],
    ['a missing API', 404, novitaError(404, 'API_NOT_FOUND', 'resource not found'), 'rejected'],
    ['"not found" under 403', 403, novitaError(403, 'RESOURCE_NOT_FOUND', 'instance not found'), 'rejected'],
    ['"not found" under 500', 500, novitaError(500, 'RESOURCE_NOT_FOUND', 'instance not found'), 'ambiguous'],
  ])('does not take %s for it', (_what, status, body, kind) => {
    expect(sortActionAnswer(answer(status, body)).kind).toBe(kind);
  });

  it.each([
    [novitaError(400, 'OPERATION_LIMIT', 'invalid state change'), 'OPERATION_LIMIT'],
    ['{"code":400,"message":"invalid state change"}', 'CONFLICT'],
  ])('leaves %s a rejection', (body, reason) => {
    const outcome = sortActionAnswer(answer(400, body));
    expect(outcome.kind === 'rejected' && inWords(outcome.rejection)).toMatchObject({
      reason,
      message: 'invalid state change',
    });
  });
});
