/**
 * Lets pages of the origins in CORS_ORIGINS call the API from a browser. Not @fastify/cors: it brings a route for every path, which is
 * registered before Nest's handler of errors and so answers in another format. There are no cookies, so credentials stay off.
 */
import type { FastifyInstance } from 'fastify';

const PREFLIGHT: Readonly<Record<string, string>> = {
  'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
  // besides those that every page may send
  'access-control-allow-headers':
    'authorization, content-type, idempotency-key, if-match, if-none-match, last-event-id, prefer, traceparent, x-request-id',
  // how many seconds browsers remember this
  'access-control-max-age': '600',
};

/** Besides those that every page may read. */
const READABLE = 'allow, etag, location, ratelimit, ratelimit-policy, retry-after, www-authenticate, x-request-id';

export interface CorsRequest {
  method: string;
  origin: string | undefined;
  /** The header `access-control-request-method`, which only preflights have. */
  requestedMethod: string | undefined;
}

export interface CorsAnswer {
  headers: Readonly<Record<string, string>>;
  /** Whether this is a preflight, which is answered here. */
  isPreflight: boolean;
}

/**
 * What CORS adds to an answer. Pure.
 * @param origins those that are listed. Without any, nothing is added
 */
export function corsOf({ method, origin, requestedMethod }: CorsRequest, origins: readonly string[]): CorsAnswer {
  if (origins.length === 0) return { headers: {}, isPreflight: false };
  // said to every page, since a cache must not give the answer for one origin to another
  const vary = { vary: 'Origin' };
  if (origin === undefined || !origins.includes(origin)) return { headers: vary, isPreflight: false };
  const isPreflight = method === 'OPTIONS' && requestedMethod !== undefined;
  return {
    headers: {
      ...vary,
      'access-control-allow-origin': origin,
      ...(isPreflight ? PREFLIGHT : { 'access-control-expose-headers': READABLE }),
    },
    isPreflight,
  };
}

/** Must be registered before the hook that asks for a key: browsers send preflights without one. */
export function allowOrigins(fastify: FastifyInstance, origins: readonly string[]): void {
  if (origins.length === 0) return;
  fastify.addHook('onRequest', (request, reply, done) => {
    const { origin, 'access-control-request-method': requestedMethod } = request.headers;
    const { headers, isPreflight } = corsOf({ method: request.method, origin, requestedMethod }, origins);
    void reply.headers(headers);
    if (isPreflight) void reply.status(204).send();
    else done();
  });
}
