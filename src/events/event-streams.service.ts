/** The event streams of this replica. A client that is cut connects again, and goes on by its `Last-Event-ID` on any replica. */
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RetentionConfig, WaitingConfig } from '../config/config.js';
import { DATABASE } from '../database/database.module.js';
import type { Database } from '../database/pool.js';
import { DomainError } from '../errors/domain-error.js';
import { isDatabaseOutage } from '../http/database-outage.js';
import { assertStillIdentified } from '../http/identity.js';
import { beginStream } from '../http/open-answers.js';
import type { Log } from '../logging/log.js';
import { LOG } from '../logging/logging.module.js';
import { CLOCK, type Clock } from '../time/clock.js';
import { OPENING, resyncAt } from './event-frames.js';
import { readEventsAfter, timeOfEvent, type EventFilter } from './event-log.js';
import { EventStream, type EventSource } from './event-stream.js';
import { EventTail } from './event-tail.js';
import { CUT_STREAMS, OpenRequests, type CutStreams, type StreamCutReason } from './open-requests.metrics.js';
import { beginningOf, keptDaysOf, type Beginning } from './resume-position.js';
import { SharedFollowing } from './shared-following.js';

/** How often keys and unread bytes are checked. With the age of known keys, a revoked key ends its streams within about 5 seconds. */
const CHECK_MS = 1_000;
const CHECKS_PER_HEARTBEAT = 15;
/** How long a client may leave more unread than the bound. */
const UNREAD_MS = 15_000;
const RETRY_AFTER_SECONDS = 5;

const HEADERS = { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' };

interface OpenStream {
  request: FastifyRequest;
  reply: FastifyReply;
  events: EventStream;
}

/** What a client wants. `after`: the position of the last event it has; `unknown`: what it sent is none; null: it wants new events. */
export interface StreamWish {
  filter: EventFilter;
  after: number | 'unknown' | null;
}

@Injectable()
export class EventStreams implements OnModuleDestroy {
  private readonly streams = new Set<OpenStream>();
  private readonly following: SharedFollowing;
  private readonly source: EventSource;
  private checking: NodeJS.Timeout | undefined;
  private checks = 0;
  private isEnding = false;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(EventTail) private readonly tail: EventTail,
    private readonly limits: WaitingConfig,
    private readonly retention: RetentionConfig,
    private readonly open: OpenRequests,
    @Inject(CUT_STREAMS) private readonly cuts: CutStreams,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) private readonly log: Log,
  ) {
    this.following = new SharedFollowing(tail, () => {
      for (const { events } of this.streams) events.pump();
    });
    this.source = {
      get position() {
        return tail.position;
      },
      after: (position) => tail.after(position),
      read: (query) => readEventsAfter(database, query),
    };
  }

  /**
   * Answers with a stream, until the client leaves.
   * @throws DomainError SERVICE_UNAVAILABLE, TOO_MANY_OPEN_REQUESTS
   */
  async serve(request: FastifyRequest, reply: FastifyReply, { filter, after }: StreamWish): Promise<void> {
    this.assertOpen();
    if (this.open.streams >= this.limits.maxStreams) throw tooMany(this.limits.maxStreams);
    this.open.streams += 1;
    try {
      const leave = await this.following.join();
      try {
        const beginning = await this.beginning(after);
        this.assertOpen();
        this.begin(request, reply, filter, beginning, leave);
      } catch (error) {
        leave();
        throw error;
      }
    } catch (error) {
      this.open.streams -= 1;
      throw error;
    }
  }

  /** Ends all streams, and refuses new ones. */
  end(): void {
    this.isEnding = true;
    clearInterval(this.checking);
    for (const { reply } of this.streams) reply.raw.end();
  }

  onModuleDestroy(): void {
    this.end();
  }

  private assertOpen(): void {
    if (!this.isEnding) return;
    throw new DomainError('SERVICE_UNAVAILABLE', 'The service is shutting down.', { retryAfterSeconds: 1 });
  }

  private async beginning(after: StreamWish['after']): Promise<Beginning> {
    if (after === null) return { after: this.newest };
    if (after === 'unknown') return { resync: 'unknown' };
    if (this.isInMemory(after)) return { after };
    return beginningOf({
      position: after,
      happenedAt: await timeOfEvent(this.database, after),
      now: this.clock.now(),
      keptDays: keptDaysOf([this.retention.eventsDays, this.retention.deletedInstancesDays]),
    });
  }

  private isInMemory(position: number): boolean {
    return position <= this.newest && this.tail.after(position) !== null;
  }

  private get newest(): number {
    return this.tail.position ?? 0;
  }

  private begin(
    request: FastifyRequest,
    reply: FastifyReply,
    filter: EventFilter,
    beginning: Beginning,
    leave: () => void,
  ): void {
    const response = beginStream(request, reply, HEADERS);
    const position = 'after' in beginning ? beginning.after : this.newest;
    const onError = (err: unknown): void => {
      if (!isDatabaseOutage(err)) this.log.error({ err }, 'a stream could not be continued');
      this.cut(stream, 'failure');
    };
    const now = (): number => this.clock.monotonicMs();
    const events = new EventStream(response, this.source, filter, position, now, onError);
    const stream: OpenStream = { request, reply, events };
    this.streams.add(stream);
    response.once('close', () => {
      this.streams.delete(stream);
      this.open.streams -= 1;
      leave();
      if (this.streams.size === 0) this.stopChecking();
    });
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    this.checking ??= setInterval(() => this.check(), CHECK_MS);
    response.write(OPENING);
    if ('resync' in beginning) response.write(resyncAt(position, beginning.resync));
    else events.heartbeat();
    events.pump();
  }

  private stopChecking(): void {
    clearInterval(this.checking);
    this.checking = undefined;
  }

  private check(): void {
    const isHeartbeat = ++this.checks % CHECKS_PER_HEARTBEAT === 0;
    const nowMs = this.clock.monotonicMs();
    for (const stream of this.streams) {
      const { events, request } = stream;
      if (events.overSinceMs !== null && nowMs - events.overSinceMs >= UNREAD_MS) this.cut(stream, 'unread');
      else if (isHeartbeat) events.heartbeat();
      void this.checkKey(stream, request);
    }
  }

  private async checkKey(stream: OpenStream, request: FastifyRequest): Promise<void> {
    try {
      await assertStillIdentified(request);
    } catch (error) {
      // keys that cannot be read now are no reason: the stream shows nothing new while the database is away
      if (error instanceof DomainError && error.code !== 'SERVICE_UNAVAILABLE') this.cut(stream, 'key');
    }
  }

  /** Destroys the connection, since a client that does not read does not get an ordinary end. */
  private cut({ reply }: OpenStream, reason: StreamCutReason): void {
    if (reply.raw.destroyed) return;
    this.cuts.inc({ reason });
    if (reason === 'unread') reply.raw.destroy();
    else reply.raw.end();
  }
}

const tooMany = (most: number): DomainError =>
  new DomainError('TOO_MANY_OPEN_REQUESTS', `This replica serves at most ${most} event streams at once.`, {
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });
