import type { FastifyInstance } from 'fastify';
import { DomainError } from '../errors/domain-error.js';
import { parseJsonBody } from './json-body.js';

const JSON_TYPE = /^application\/json\s*(;|$)/i;

/**
 * JSON only. No text and no forms: a page of another site can send those without asking, and JSON it cannot.
 * An empty body is no body, whatever type it is said to have: `curl -X POST -d ''` says that it is a form.
 */
export function parseBodies(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addHook('onRequest', ({ raw: { headers } }, _reply, done) => {
    // Fastify refuses what is no media type at all before the parser can see whether there is a body
    if (!JSON_TYPE.test(headers['content-type'] ?? '')) delete headers['content-type'];
    done();
  });
  fastify.addContentTypeParser<Buffer>('*', { parseAs: 'buffer' }, ({ is404, headers }, body, done) => {
    try {
      if (is404 || body.length === 0) done(null, undefined);
      else done(null, parseBody(body, headers));
    } catch (error) {
      done(error as Error);
    }
  });
}

function parseBody(body: Buffer, headers: { 'content-type'?: string; 'content-encoding'?: string }): unknown {
  const { 'content-type': type, 'content-encoding': encoding = 'identity' } = headers;
  if (encoding.toLowerCase() !== 'identity') {
    throw new DomainError(
      'UNSUPPORTED_MEDIA_TYPE',
      'The body is compressed or encoded otherwise; it must be sent without Content-Encoding.',
      { faults: [{ pointer: '#header/content-encoding', detail: 'must not be given' }] },
    );
  }
  if (type === undefined) throw new DomainError('UNSUPPORTED_MEDIA_TYPE', 'The body must be application/json.');
  return parseJsonBody(body);
}
