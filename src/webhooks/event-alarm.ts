import type { EventTail } from '../events/event-tail.js';
import type { Clock } from '../time/clock.js';

/** Then the task runs elsewhere: another replica has its lease. */
const FORGOTTEN_AFTER_MS = 5_000;

/** Rings for every committed event, while it is set again and again. */
export class EventAlarm {
  private following: ReturnType<EventTail['follow']> | null = null;
  private setAtMs = -Infinity;
  private ring: () => void = () => undefined;

  constructor(
    private readonly tail: Pick<EventTail, 'follow'>,
    private readonly clock: Clock,
  ) {}

  /** @param ring is called for events that are committed from now on, as long as the database can be reached */
  set(ring: () => void): void {
    this.ring = ring;
    this.setAtMs = this.clock.monotonicMs();
    this.following ??= this.follow();
  }

  off(): void {
    this.following?.stop();
    this.following = null;
  }

  private follow(): ReturnType<EventTail['follow']> {
    const following = this.tail.follow(() => {
      if (this.clock.monotonicMs() - this.setAtMs > FORGOTTEN_AFTER_MS) this.off();
      else this.ring();
    });
    // when it is set again, it tries again
    following.ready.catch(() => {
      following.stop();
      if (this.following === following) this.following = null;
    });
    return following;
  }
}
