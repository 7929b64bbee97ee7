/**
 * Follows the event log for all clients of this replica that wait. One connection listens for the announcement of commits. The new events
 * are read once, kept in a ring, and handed to all followers in memory, so a client that waits costs no statement.
 *
 * Nothing runs while there is no follower. An announcement may be lost (PgBouncer in transaction mode, a broken connection): a slow poll on the
 * same connection finds the events then, and shows that the connection is alive. After a break the tail goes on from its last position, so
 * that it misses nothing and repeats nothing.
 */
import { AsyncResource } from 'node:async_hooks';
import type { Log } from '../logging/log.js';
import { backOffAfter, jittered } from '../time/back-off.js';
import type { Random } from '../time/ids.js';
import type { Timer } from '../timetable/timer.js';
import { EventRing } from './event-ring.js';
import type { StoredEvent } from './event-log.js';

/** A connection that hears announcements. */
export interface EventListening {
  /** The position of the newest committed event. Rejects when the connection is broken. */
  lastPosition(): Promise<number>;
  close(): Promise<void>;
}

export interface TailSource {
  /** Rejects when the database cannot be reached. `lost` is called at most once, and not after `close`. */
  listen(on: { announced: () => void; lost: (error: Error) => void }): Promise<EventListening>;
  /** Events after a position, oldest first. */
  read(after: number, limit: number): Promise<StoredEvent[]>;
}

export type Follower = (events: readonly StoredEvent[]) => void;

/** A page of a catch-up. */
const PAGE = 500;
/** A stream that was away for a few seconds resumes from memory. An event has about half a kilobyte. */
const RING_EVENTS = 2_000;
/** The least time between two reads: many commits a second are read together. Each event is late by this at most. */
const GATHER_MS = 20;
/** How late an event is when its announcement was lost. */
const POLL_MS = 3_000;
/** A client that comes soon after the last one finds the connection open. */
const LINGER_MS = 30_000;
const RECONNECT_MS = { first: 200, most: 5_000 };

export interface TailOptions {
  timer: Timer;
  random: Random;
  log: Pick<Log, 'warn' | 'info'>;
}

export class EventTail {
  private readonly followers = new Set<Follower>();
  /** Work for all clients must not run in the async context of the request that began it: limits on waits, spans. */
  private readonly outside = new AsyncResource('EventTail');
  private starting: Promise<void> | null = null;
  private connection: EventListening | null = null;
  private ring: EventRing | null = null;
  private lastPosition = 0;
  private isAnnounced = false;
  private catchingUp: Promise<void> | null = null;
  private cancelTimers: (() => void)[] = [];
  private cancelLinger: (() => void) | null = null;
  private isClosed = false;

  constructor(
    private readonly source: TailSource,
    private readonly options: TailOptions,
  ) {}

  /** The position up to which followers have got all events. Null while the tail does not run. */
  get position(): number | null {
    return this.ring && this.lastPosition;
  }

  /** The events after a position, from memory. Null: the store must be asked. */
  after(position: number): readonly StoredEvent[] | null {
    return this.ring?.after(position) ?? null;
  }

  /**
   * Every event that is committed after `ready` resolves is handed to the follower, in order. `ready` rejects when the database cannot be
   * reached; the follower must then stop.
   */
  follow(follower: Follower): { ready: Promise<void>; stop: () => void } {
    this.followers.add(follower);
    this.cancelLinger?.();
    this.cancelLinger = null;
    const stop = (): void => {
      if (this.followers.delete(follower) && this.followers.size === 0) this.linger();
    };
    return { ready: this.start(), stop };
  }

  /** Ends for good. Call it before the pool ends. */
  async close(): Promise<void> {
    this.isClosed = true;
    this.followers.clear();
    await this.rest();
    await this.catchingUp;
  }

  private start(): Promise<void> {
    if (this.isClosed) return Promise.reject(new Error('the event tail is closed'));
    this.starting ??= this.outside
      .runInAsyncScope(() => this.begin())
      .catch((error: unknown) => {
        this.starting = null;
        throw error;
      });
    return this.starting;
  }

  private async begin(): Promise<void> {
    const connection = await this.listen();
    const position = await connection.lastPosition();
    this.connection = connection;
    this.lastPosition = position;
    this.ring = new EventRing(position, RING_EVENTS);
    // followers may have left meanwhile, or the tail may have been closed
    if (this.isClosed) await this.rest();
    else if (this.followers.size === 0) this.linger();
    this.pollLater();
    // announced before there was a ring
    if (this.isAnnounced) this.wake();
  }

  private listen(): Promise<EventListening> {
    return this.source.listen({ announced: () => this.wake(), lost: (error) => this.reconnect(error) });
  }

  private linger(): void {
    this.cancelLinger?.();
    this.cancelLinger = this.options.timer.after(LINGER_MS, () => void this.rest());
  }

  /** Lets go of the connection and of the ring. The next follower starts anew. */
  private async rest(): Promise<void> {
    this.cancelLinger?.();
    this.cancelLinger = null;
    for (const cancel of this.cancelTimers.splice(0)) cancel();
    const { connection } = this;
    this.connection = null;
    this.ring = null;
    this.starting = null;
    await connection?.close();
  }

  private isRunning(): boolean {
    return this.ring !== null && !this.isClosed;
  }

  private wake(): void {
    this.isAnnounced = true;
    this.catchingUp ??= this.catchUp().finally(() => {
      this.catchingUp = null;
      if (this.isAnnounced && this.isRunning()) this.wake();
    });
  }

  private async catchUp(): Promise<void> {
    while (this.isAnnounced && this.isRunning()) {
      this.isAnnounced = false;
      try {
        while (this.take(await this.source.read(this.lastPosition, PAGE)) === PAGE);
      } catch (err) {
        // the poll tries again
        this.options.log.warn({ err }, 'new events could not be read');
      }
      await this.pause(GATHER_MS);
    }
  }

  /** @returns how many events were read */
  private take(events: readonly StoredEvent[]): number {
    // a read that began before the tail rested and started anew may bring what is known
    const fresh = events.filter(({ position }) => position > this.lastPosition);
    if (fresh.length > 0 && this.ring) {
      this.ring.add(fresh);
      this.lastPosition = fresh.at(-1)?.position ?? this.lastPosition;
      for (const follower of [...this.followers]) follower(fresh);
    }
    return events.length;
  }

  private pollLater(): void {
    const cancel = this.options.timer.after(POLL_MS, () => {
      this.cancelTimers = this.cancelTimers.filter((other) => other !== cancel);
      void this.poll();
    });
    this.cancelTimers.push(cancel);
  }

  private async poll(): Promise<void> {
    const { connection } = this;
    if (!this.isRunning()) return;
    try {
      if (connection && (await connection.lastPosition()) > this.lastPosition) this.wake();
    } catch (error) {
      if (connection === this.connection) this.reconnect(error as Error);
    }
    if (this.isRunning()) this.pollLater();
  }

  private reconnect(error: Error): void {
    const { connection } = this;
    // not started yet: the start itself fails
    if (!connection) return;
    this.connection = null;
    void connection.close();
    this.options.log.warn({ err: error }, 'the connection that listens for events broke');
    void this.connectAgain(this.ring);
  }

  /** @param ring of the run of the tail to which the connection belongs */
  private async connectAgain(ring: EventRing | null): Promise<void> {
    for (let failures = 1; ; failures++) {
      await this.pause(jittered(backOffAfter(failures, RECONNECT_MS), { from: 0.5, to: 1 }, this.options.random));
      if (!this.isRunning() || this.ring !== ring) return;
      try {
        const connection = await this.listen();
        if (!this.isRunning() || this.ring !== ring) {
          await connection.close();
          return;
        }
        this.connection = connection;
        this.options.log.info({ failures }, 'the connection that listens for events is back');
        this.wake();
        return;
      } catch {
        // the next try comes after a longer pause
      }
    }
  }

  /** Cut short when the tail rests. */
  private pause(ms: number): Promise<void> {
    if (!this.isRunning()) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        this.cancelTimers = this.cancelTimers.filter((other) => other !== cut);
        resolve();
      };
      const cancel = this.options.timer.after(ms, end);
      const cut = (): void => {
        cancel();
        resolve();
      };
      this.cancelTimers.push(cut);
    });
  }
}
