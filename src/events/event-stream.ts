import type { ServerResponse } from 'node:http';
import { matchesFilter } from './event-filter.js';
import { frameOf, heartbeatAt } from './event-frames.js';
import type { EventFilter, EventQuery, StoredEvent } from './event-log.js';

/** The unread bytes of a stream up to which it is sent more. */
const MOST_UNREAD_BYTES = 64 * 1024;
/** A page of the backlog. */
const PAGE = 100;

/** Where events come from. */
export interface EventSource {
  /** Null: the tail does not run. */
  readonly position: number | null;
  /** Null: the memory does not reach back so far. */
  after(position: number): readonly StoredEvent[] | null;
  /** From the store. */
  read(query: EventQuery): Promise<StoredEvent[]>;
}

/**
 * The events of one client. A stream has no queue: it only knows up to which position it has sent, and goes on from there when there is
 * something new and the client has read enough. It takes events from the memory of the tail, and from the store while that does not
 * reach back far enough, so that the backlog and the live events join without a gap or a repetition.
 */
export class EventStream {
  private isBusy = false;
  /** Since when the client has more unread bytes than the bound, by a monotonic clock; null while it has not. */
  overSinceMs: number | null = null;

  /** @param position events after this are sent */
  constructor(
    private readonly response: Pick<
      ServerResponse,
      'write' | 'writableLength' | 'writableEnded' | 'destroyed' | 'once'
    >,
    private readonly source: EventSource,
    private readonly filter: EventFilter,
    private position: number,
    private readonly nowMs: () => number,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Sends what there is. Called whenever there may be something new. */
  pump(): void {
    if (this.isBusy || this.overSinceMs !== null) return;
    while (this.isOpen) {
      const events = this.source.after(this.position);
      if (events === null) {
        void this.pumpBacklog();
        return;
      }
      if (events.length === 0 || !this.send(events)) return;
    }
  }

  heartbeat(): void {
    if (this.isOpen && !this.isBusy && this.overSinceMs === null) this.response.write(heartbeatAt(this.position));
  }

  private get isOpen(): boolean {
    return !this.response.destroyed && !this.response.writableEnded;
  }

  /** Sends a page from the store, and goes on. */
  private async pumpBacklog(): Promise<void> {
    this.isBusy = true;
    try {
      // the read begins later, so it shows every event up to here
      const reached = this.source.position;
      // the service shuts down, and ends the stream
      if (reached === null) return;
      const page = await this.source.read({ ...this.filter, after: this.position, limit: PAGE });
      const isWhole = !this.isOpen || this.send(page);
      if (isWhole && page.length < PAGE) this.position = Math.max(this.position, reached);
    } catch (error) {
      this.onError(error);
      return;
    } finally {
      this.isBusy = false;
    }
    this.pump();
  }

  /** @returns whether all were sent; false: the client has to read first, and `pump` goes on when it has */
  private send(events: readonly StoredEvent[]): boolean {
    for (const event of events) {
      this.position = event.position;
      if (!matchesFilter(this.filter, event)) continue;
      this.response.write(frameOf(event));
      if (this.response.writableLength <= MOST_UNREAD_BYTES) continue;
      this.overSinceMs = this.nowMs();
      this.response.once('drain', () => {
        this.overSinceMs = null;
        this.pump();
      });
      return false;
    }
    return true;
  }
}
