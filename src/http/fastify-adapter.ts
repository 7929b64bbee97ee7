import type { IncomingMessage } from 'node:http';
import { Server, type Socket } from 'node:net';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { DomainError } from '../errors/domain-error.js';
import { waitAtMost } from '../time/within.js';
import { answerBrokenConnection, answerConnection } from './broken-connection.js';
import { parseBodies } from './body-parser.js';
import { requestIdOf } from './request-id.js';

const KIB = 1024;
const SECOND = 1000;

/** Upper limits of a request. A request beyond them is refused unread. */
export const LIMITS = {
  bodyBytes: 64 * KIB,
  urlLength: 2_048,
  pathPartLength: 100,
  /** From the first byte to the last. A slow body holds a connection no longer than this plus {@link lateByMs}. */
  requestMs: 15 * SECOND,
  headersMs: 10 * SECOND,
  /** How often requests are checked against both limits. Node's default of 30 seconds would be added to them. */
  lateByMs: SECOND,
  /** For a connection without a byte in either direction. A request that waits on purpose sets a longer one: see open-answers.ts. */
  connectionMs: 90 * SECOND,
  /** Longer than a usual load balancer's, so that it closes idle connections first and never uses one that was just closed here. */
  keepAliveMs: 65 * SECOND,
  requestsPerSocket: 1_000,
} as const;

export type AnswerError = (error: unknown, request: FastifyRequest, reply: FastifyReply) => void;

/**
 * Fastify with limits, and with JSON bodies only. The client is the last address in X-Forwarded-For that is not one of the operator's
 * proxies, or else the peer of the connection.
 */
export class EdgeAdapter extends FastifyAdapter {
  private draining = false;
  private closing = false;

  /**
   * @param onRouterError answers requests that the router refuses before any hook runs
   * @param trustProxy addresses and CIDRs of the operator's proxies
   */
  constructor(
    onRouterError: AnswerError,
    trustProxy: readonly string[],
    limits: Readonly<Record<keyof typeof LIMITS, number>> = LIMITS,
  ) {
    super({
      trustProxy: trustProxy.length > 0 ? [...trustProxy] : false,
      bodyLimit: limits.bodyBytes,
      http: {
        connectionsCheckingInterval: limits.lateByMs,
        headersTimeout: limits.headersMs,
        // Node's refusal is not in problem format: refusalOfSource refuses instead
        requireHostHeader: false,
      },
      requestTimeout: limits.requestMs,
      connectionTimeout: limits.connectionMs,
      keepAliveTimeout: limits.keepAliveMs,
      maxRequestsPerSocket: limits.requestsPerSocket,
      routerOptions: { maxParamLength: limits.pathPartLength },
      genReqId: (request: IncomingMessage) => requestIdOf(request),
      frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
        onRouterError(error, request, reply);
      },
      clientErrorHandler: answerBrokenConnection,
      // Fastify's answer is not in problem format: refuseWhenClosing answers instead
      return503OnClosing: false,
    });
    const fastify = this.getInstance();
    // without this handler Node would close the connection without an answer
    fastify.server.on('connect', (_request, socket: Socket) => {
      answerConnection(new DomainError('VALIDATION_ERROR', 'The service is not a proxy.'), socket);
    });
    parseBodies(fastify);
  }

  /**
   * From now on each answer is the last one on its connection, and requests are still served. A proxy that keeps connections then has
   * none left when they are closed, so it never sends a request into a closing one.
   */
  closeConnectionsAfterAnswers(): void {
    this.draining = true;
  }

  /** Accepts no more connections, but serves the open ones. Resolves when these are closed, or after `timeoutMs`. */
  async refuseConnections(timeoutMs: number): Promise<void> {
    const { server } = this.getInstance();
    const gone = new Promise<void>((resolve) => {
      // lets connections in first that the kernel has accepted already
      setImmediate(() => {
        // not http.Server's close: it would cut off a connection whose first request is still arriving
        Server.prototype.close.call(server, () => {
          resolve();
        });
      });
    });
    await waitAtMost(timeoutMs, gone);
  }

  override beforeClose(): void {
    this.closing = true;
    super.beforeClose();
  }

  /** Refuses requests on connections that are still open while the service closes. */
  refuseWhenClosing(): void {
    this.getInstance().addHook('onRequest', (_request, reply, done) => {
      if (this.draining || this.closing) void reply.header('connection', 'close');
      if (!this.closing) {
        done();
        return;
      }
      done(new DomainError('SERVICE_UNAVAILABLE', 'The service is shutting down.', { retryAfterSeconds: 1 }));
    });
  }
}
