/**
 * Builds the HTTP edge. `createEdge` sets things up in the order in which a request meets them.
 */
import type { DynamicModule, INestApplication, NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { Logger } from 'nestjs-pino';
import { Authenticator, authenticateRequests } from './access/authenticate.js';
import { clientOf } from './access/client-rate-limit.guard.js';
import { ClientRateLimitStorage } from './access/client-rate-limit.storage.js';
import { isMetered } from './access/metered-routes.js';
import { OpenRoutes } from './access/open-routes.js';
import { meterUnguardedAnswers } from './access/unguarded-answers.js';
import { AppModule, type AppOptions } from './app.module.js';
import { RateLimitConfig, type Config, type ServerConfig } from './config/config.js';
import { boundAnswersInFlight } from './http/answers-in-flight.js';
import { allowOrigins } from './http/cors.js';
import { limitDatabaseWaits } from './http/database-wait-limit.js';
import { guardExpectations } from './http/expectation-guard.js';
import { EdgeAdapter } from './http/fastify-adapter.js';
import { InputValidationPipe } from './http/input-validation.pipe.js';
import { shedLoad } from './http/load-shedding.js';
import { ProblemFilter } from './http/problem.filter.js';
import { limitRequestsInFlight } from './http/requests-in-flight.js';
import { addStandardHeaders, setStandardHeaders } from './http/response-headers.js';
import { RouteTable } from './http/route-table.js';
import { ServedHosts } from './http/served-hosts.js';
import { guardSource, refusalOfSource, sourceOf } from './http/source-guard.js';

import { logUnansweredRequests } from './http/unanswered-requests.js';
import { guardUrls } from './http/url-guard.js';
import type { Log } from './logging/log.js';
import { LOG } from './logging/logging.module.js';
import { logRequest, logRequests } from './logging/request-log.js';
import { measureRequests } from './metrics/http.metrics.js';
import { METRICS_JSON_PATH } from './metrics/metrics-json.controller.js';
import { RequestFigures } from './metrics/request-figures.js';
import { serveDocs } from './openapi.js';
import { traceRequests } from './tracing/http.spans.js';

const OPTIONS: Pick<NestApplicationOptions, keyof NestApplicationOptions> = {
  bufferLogs: true,
  // Nest would print its buffered lines and a stack before the one sentence that main prints
  autoFlushLogs: false,
  // main reports a refused start, in one sentence
  abortOnError: false,
  // the adapter has our own body parser
  bodyParser: false,
};

/** For the operator's monitoring. All other routes are the API, below `/api`. */
const UNPREFIXED_ROUTES = [
  'health',
  'health/live',
  'health/ready',
  'health/startup',
  'metrics',
  // has the prefix in its own path
  METRICS_JSON_PATH,
  `${METRICS_JSON_PATH}/*path`,
];

export const setApiPrefix = (app: INestApplication): void => {
  app.setGlobalPrefix('api', { exclude: UNPREFIXED_ROUTES });
};

/**
 * Makes the application, which does not listen yet. Its database is open and migrated.
 * @throws StartupRefusedError when the operator has to do something first
 */
export async function createApp(config: Config, options?: AppOptions): Promise<NestFastifyApplication> {
  const app = await createEdge(AppModule.forRoot(config, options), config.server);
  // after the refusals of `createEdge`, and before any body is read
  const fastify: FastifyInstance = app.getHttpAdapter().getInstance();
  authenticateRequests(fastify, app.get(Authenticator), app.get(OpenRoutes));
  limitRequestsInFlight(fastify, { most: config.access.maxInFlight, clientOf, isCounted: isMetered });
  return app;
}

type EdgeSettings = Pick<ServerConfig, 'trustProxy' | 'allowedHosts' | 'corsOrigins' | 'maxEventLoopDelayMs'>;
const BARE_EDGE: EdgeSettings = { trustProxy: [], allowedHosts: [], corsOrigins: [], maxEventLoopDelayMs: 0 };

/** The edge around any rooms, which must include logging, access and metrics. */
export async function createEdge(
  rooms: DynamicModule,
  { trustProxy, allowedHosts, corsOrigins, maxEventLoopDelayMs }: EdgeSettings = BARE_EDGE,
): Promise<NestFastifyApplication> {
  const routes = new RouteTable();
  let problems: ProblemFilter | null = null;
  let log: Log | null = null;

  const served = new ServedHosts(allowedHosts);
  // 1. the router, which refuses paths that cannot be decoded before anything below runs
  const adapter = new EdgeAdapter((error, request, reply) => {
    setStandardHeaders(reply.raw, request);
    problems?.answer(refusalOfSource(sourceOf(request), served, corsOrigins) ?? error, request, reply);
    if (log !== null) logRequest(log, request, reply);
  }, trustProxy);
  const fastify = adapter.getInstance();
  routes.learnFrom(fastify);
  // 2. the span, the headers of every answer, and the limit on waits for the database
  traceRequests(fastify);
  addStandardHeaders(fastify);
  limitDatabaseWaits(fastify);
  // 3. refusals before any route: foreign web pages, a service that shuts down or is overloaded, unknown expectations, bad URLs
  guardSource(fastify, served, corsOrigins);
  allowOrigins(fastify, corsOrigins);
  adapter.refuseWhenClosing();
  shedLoad(fastify, { limitMs: maxEventLoopDelayMs, isShed: isMetered, log: () => log });
  guardExpectations(fastify);
  guardUrls(fastify);

  const app = await NestFactory.create<NestFastifyApplication>(rooms, adapter, OPTIONS);
  app.useLogger(app.get(Logger));
  app.flushLogs();
  log = app.get<Log>(LOG);

  // 4. the logger (middleware of nestjs-pino), the body parser, the global guards (rate limit), the pipe, the handler
  app.useGlobalPipes(new InputValidationPipe());
  setApiPrefix(app);
  // 5. errors from any of these
  problems = new ProblemFilter(log, routes);
  app.useGlobalFilters(problems);
  // 6. on the way out: rate limit of requests that no guard has seen, log line, metrics, and the limit on unread answers
  meterUnguardedAnswers(fastify, app.get(ClientRateLimitStorage), app.get(RateLimitConfig));
  logRequests(fastify, log);
  logUnansweredRequests(fastify, log);
  measureRequests(fastify, app.get(RequestFigures));
  boundAnswersInFlight(fastify, isMetered);

  serveDocs(app);
  return app;
}
