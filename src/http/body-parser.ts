import type { FastifyInstance } from 'fastify';
import { DomainError } from '../errors/domain-error.js';
import { parseJsonBody } from './json-body.js';

const JSON_TYPE = /^application\/json\s*(;|$)/i;
const PATCH_TYPE = /^application\/merge-patch\+json\s*(;|$)/i;

/**
 * Accepts JSON only, and for a PATCH a JSON merge patch. Browsers let a foreign page send text and forms without a preflight request, but not JSON.
 * An empty body counts as no body, whatever its type: `curl -X POST -d ''` sends the type of a form.
 */
export function parseBodies(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addHook('onRequest', ({ raw: { headers, method } }, _reply, done) => {
    // Fastify would refuse an invalid media type even without a body, before the parser runs
    const type = headers['content-type'] ?? '';
    const isTaken = JSON_TYPE.test(type) || (method === 'PATCH' && PATCH_TYPE.test(type));
    if (!isTaken) delete headers['content-type'];
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
    throw new DomainError('UNSUPPORTED_MEDIA_TYPE', 'The body has a Content-Encoding. Send it without one.', {
      faults: [{ pointer: '#header/content-encoding', detail: 'must not be given' }],
    });
  }
  if (type === undefined) throw new DomainError('UNSUPPORTED_MEDIA_TYPE', 'The body must be application/json.');
  return parseJsonBody(body);
}
