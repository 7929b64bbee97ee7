import type { IncomingMessage } from 'node:http';
import { Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { DomainError } from '../errors/domain-error.js';
import { answerBrokenConnection, answerConnection } from './broken-connection.js';
import { parseBodies } from './body-parser.js';
import { requestIdOf } from './request-id.js';

const KIB = 1024;
const SECOND = 1000;

/** What a request may be at most. Beyond these nothing of it is looked at. */
export const LIMITS = {
  bodyBytes: 64 * KIB,
  urlLength: 2_048,
  pathPartLength: 100,
  /** From the first byte to the last: a body that drips holds a connection no longer than this, and {@link lateByMs}. */
  requestMs: 15 * SECOND,
  headersMs: 10 * SECOND,
  /** How often it is looked whether a request is too slow. Node's own 30 seconds would be added to both limits. */
  lateByMs: SECOND,
  /** Without a byte in either direction. Longer than the longest wait that the API offers. */
  connectionMs: 90 * SECOND,
  /** Longer than the usual load balancer's, so that it closes idle connections and never meets one that we just closed. */
  keepAliveMs: 65 * SECOND,
  requestsPerSocket: 1_000,
} as const;

export type AnswerError = (error: unknown, request: FastifyRequest, reply: FastifyReply) => void;

/**
 * Fastify as we run it: bounded, JSON only, and believing nobody but the operator's own proxies about who is asking: the
 * client is the last address in X-Forwarded-For that is not one of theirs, or else whoever made the connection.
 */
export class EdgeAdapter extends FastifyAdapter {
  private parting = false;
  private closing = false;

  /**
   * @param onRouterError answers what the router refuses before any hook runs
   * @param trustProxy addresses and CIDRs of our own proxies
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
        // Node's refusal is no problem: see refusalOfSource
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
      // its answer is not a problem: see refuseWhenClosing
      return503OnClosing: false,
    });
    const fastify = this.getInstance();
    // there is no tunnel; Node would close the connection without a word
    fastify.server.on('connect', (_request, socket: Socket) => {
      answerConnection(new DomainError('VALIDATION_ERROR', 'The service is no proxy.'), socket);
    });
    parseBodies(fastify);
  }

  /**
   * From now on each answer is the last one on its connection: a proxy that keeps connections has none left when they are closed,
   * and so never sends a request into one that is just going. Everybody is served still.
   */
  letConnectionsGo(): void {
    this.parting = true;
  }

  /** Accepts no more connections, and serves on the open ones. Resolves when these are gone, or after `patienceMs`. */
  async refuseConnections(patienceMs: number): Promise<void> {
    const { server } = this.getInstance();
    const gone = new Promise<void>((resolve) => {
      // those that the kernel has accepted already come first
      setImmediate(() => {
        // that of http.Server would break off a connection whose first request is still on its way
        Server.prototype.close.call(server, () => {
          resolve();
        });
      });
    });
    await Promise.race([gone, sleep(patienceMs, undefined, { ref: false })]);
  }

  override beforeClose(): void {
    this.closing = true;
    super.beforeClose();
  }

  /** On connections that were open before; new ones are not accepted any more. */
  refuseWhenClosing(): void {
    this.getInstance().addHook('onRequest', (_request, reply, done) => {
      if (this.parting || this.closing) void reply.header('connection', 'close');
      if (!this.closing) {
        done();
        return;
      }
      done(new DomainError('SERVICE_UNAVAILABLE', 'The service is shutting down.', { retryAfterSeconds: 1 }));
    });
  }
}
