import { makeCounterProvider, makeHistogramProvider, getToken } from '@willsoto/nestjs-prometheus';
import type { FastifyInstance } from 'fastify';
import { refusalCodeOf } from '../logging/request-log.js';
import { isLateOnPurpose } from '../http/open-answers.js';
import type { RequestFigures } from './request-figures.js';

/** The values are our own words: methods and routes that a client invents are counted under a single value. */
const LABELS = ['method', 'route', 'status'] as const;

const HTTP_REQUESTS_TOTAL = 'http_requests_total';
const HTTP_REQUEST_DURATION = 'http_request_duration_seconds';
export const REQUEST_COUNTER = getToken(HTTP_REQUESTS_TOTAL);
export const REQUEST_DURATIONS = getToken(HTTP_REQUEST_DURATION);

export const httpMetricProviders = [
  makeCounterProvider({
    name: HTTP_REQUESTS_TOTAL,
    help: 'Answered HTTP requests by method, route template and status.',
    labelNames: LABELS,
  }),
  makeHistogramProvider({
    name: HTTP_REQUEST_DURATION,
    help: 'Seconds from the first byte of a request to the end of its answer. Without requests that wait on purpose, and streams.',
    labelNames: LABELS,
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
  }),
];

/** Counts and times each answer. A request without a matching route has the route `none`. */
export function measureRequests(fastify: FastifyInstance, figures: RequestFigures): void {
  fastify.addHook('onResponse', (request, reply, done) => {
    figures.record({
      method: request.method,
      route: request.routeOptions.url ?? 'none',
      status: reply.statusCode,
      durationMs: isLateOnPurpose(request) ? null : reply.elapsedTime,
      code: refusalCodeOf(request),
    });
    done();
  });
}
