import fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { DomainError } from '../errors/domain-error.js';
import { parseBodies } from './body-parser.js';

const answerTo = async (type: string, encoding?: string, method: 'POST' | 'PATCH' = 'POST'): Promise<unknown> => {
  const server = fastify();
  parseBodies(server);
  server.setErrorHandler((error) => (error instanceof DomainError ? error.code : String(error)));
  server.route({ method: ['POST', 'PATCH'], url: '/', handler: ({ body }) => ({ body }) });
  const headers = { 'content-type': type, ...(encoding === undefined ? {} : { 'content-encoding': encoding }) };
  const { body } = await server.inject({ method, url: '/', headers, payload: '{"a":1}' });
  return body;
};

describe('a body', () => {
  it.each<[type: string, encoding?: string]>([
    ['application/json'],
    ['Application/JSON; charset=utf-8'],
    ['application/json ;charset=utf-8'],
    ['application/json', 'identity'],
    ['application/json', 'Identity'],
  ])('of the type %s and the encoding %s is read', async (type, encoding) => {
    expect(await answerTo(type, encoding)).toBe('{"body":{"a":1}}');
  });

  it.each<[type: string, encoding?: string]>([
    ['application/json5'],
    ['application/json-patch+json'],
    ['application/merge-patch+json'],
    ['text/plain'],
    ['application/json', 'gzip'],
  ])('of the type %s and the encoding %s is refused', async (type, encoding) => {
    expect(await answerTo(type, encoding)).toBe('UNSUPPORTED_MEDIA_TYPE');
  });

  it('is a merge patch only in a PATCH', async () => {
    expect(await answerTo('application/merge-patch+json', undefined, 'PATCH')).toBe('{"body":{"a":1}}');
    expect(await answerTo('application/json', undefined, 'PATCH')).toBe('{"body":{"a":1}}');
    expect(await answerTo('application/json-patch+json', undefined, 'PATCH')).toBe('UNSUPPORTED_MEDIA_TYPE');
  });
});
