import type { ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { REQUEST_ID_HEADER } from './request-id.js';

const API_POLICY = "default-src 'none'; frame-ancestors 'none'";

/** Swagger UI needs inline styles and icons from data URLs; its scripts are files. */
const DOCS_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** For a year, browsers use this name by HTTPS only. */
const HTTPS_ONLY = 'max-age=31536000';

type Asked = Pick<FastifyRequest, 'id' | 'url' | 'protocol'>;

/** The headers of every answer. They are set on the raw response, so that answers that bypass Fastify have them too. */
export function setStandardHeaders(response: ServerResponse, { id: requestId, url, protocol }: Asked): void {
  response.setHeader(REQUEST_ID_HEADER, requestId);
  response.setHeader('cache-control', 'no-store');
  response.setHeader('x-content-type-options', 'nosniff');
  // foreign pages may not embed answers as images or scripts
  response.setHeader('cross-origin-resource-policy', 'same-origin');
  // pages that open ours get no hold on its window, and old browsers frame none
  response.setHeader('cross-origin-opener-policy', 'same-origin');
  response.setHeader('x-frame-options', 'DENY');
  response.setHeader('referrer-policy', 'no-referrer');
  // a proxy of the operator says that it was asked by HTTPS; over HTTP browsers ignore the header
  if (protocol === 'https') response.setHeader('strict-transport-security', HTTPS_ONLY);
  response.setHeader('content-security-policy', isDocs(url) ? DOCS_POLICY : API_POLICY);
}

const isDocs = (url: string): boolean => /^\/docs(\/|\?|$)/.test(url);

/** Sets the headers twice: in onRequest for answers that bypass Fastify, and in onSend for requests that skipped onRequest. */
export function addStandardHeaders(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    setStandardHeaders(reply.raw, request);
    done();
  });
  fastify.addHook('onSend', (request, reply, payload, done) => {
    if (!reply.raw.headersSent) setStandardHeaders(reply.raw, request);
    done(null, payload);
  });
}
