/**
 * Limits how many requests of one client are served at the same time by this replica. The rate limit counts requests over a minute; this
 * keeps one client from taking all connections of the database within a second.
 *
 * Requests that wait on purpose are not counted: a route that only waits or streams has `@RouteConfig(LONG_LIVED)`, and a handler that
 * begins to wait calls `leaveInFlight`.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { DomainError } from '../errors/domain-error.js';
import { onceRead } from './answers-in-flight.js';

const RETRY_SECONDS = 1;

/** For a route whose requests stay open on purpose, such as a stream of events. They are not counted as in flight. */
export const LONG_LIVED = { isLongLived: true } as const;

const leaves = new WeakMap<FastifyRequest, () => void>();

/** From now on the request waits on purpose, and is not counted as in flight. Harmless for one that is not counted. */
export const leaveInFlight = (request: FastifyRequest): void => {
  leaves.get(request)?.();
};

/** Counts by client. Holds only clients with a request in flight, so connections bound its size. */
export class InFlightCounts {
  private readonly counts = new Map<string, number>();

  constructor(private readonly most: number) {}

  /** @returns how to end the request, which may be called twice; null: the client has as many as it may */
  begin(client: string): (() => void) | null {
    const before = this.counts.get(client) ?? 0;
    if (before >= this.most) return null;
    this.counts.set(client, before + 1);
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      const left = (this.counts.get(client) ?? 1) - 1;
      if (left > 0) this.counts.set(client, left);
      else this.counts.delete(client);
    };
  }
}

export interface InFlightLimit {
  most: number;
  clientOf: (request: FastifyRequest) => string;
  isCounted: (request: FastifyRequest) => boolean;
}

/** Must be registered after the hook that identifies the client. An answer that the client has not read yet counts. */
export function limitRequestsInFlight(fastify: FastifyInstance, { most, clientOf, isCounted }: InFlightLimit): void {
  const counts = new InFlightCounts(most);
  fastify.addHook('onRequest', (request, reply, done) => {
    if (!isCounted(request) || isLongLived(request)) {
      done();
      return;
    }
    const end = counts.begin(clientOf(request));
    if (end === null) {
      done(tooMany(most));
      return;
    }
    leaves.set(request, end);
    onceRead(request.raw.socket, reply.raw, end);
    done();
  });
}

const isLongLived = ({ routeOptions }: FastifyRequest): boolean =>
  (routeOptions.config as Partial<typeof LONG_LIVED> | undefined)?.isLongLived === true;

const tooMany = (most: number): DomainError =>
  new DomainError('TOO_MANY_IN_FLIGHT', `${most} requests of this client are being served.`, {
    retryAfterSeconds: RETRY_SECONDS,
  });
