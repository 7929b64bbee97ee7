import { currentWaitLimit } from '../database/wait-limit.js';
import type { EventTail, Follower } from './event-tail.js';

/** A single follower of the tail for all open requests. It leaves with the last of them. */
export class SharedFollowing {
  private users = 0;
  private current: ReturnType<EventTail['follow']> | null = null;

  constructor(
    private readonly tail: Pick<EventTail, 'follow'>,
    private readonly follower: Follower,
  ) {}

  /**
   * Resolves when the follower gets every event that is committed from then on. Call the returned function when the request has ended.
   * Rejects when the database cannot be reached.
   */
  async join(): Promise<() => void> {
    this.users += 1;
    let hasLeft = false;
    const leave = (): void => {
      if (hasLeft) return;
      hasLeft = true;
      if (--this.users === 0) this.drop();
    };
    try {
      await (currentWaitLimit()?.wait(() => this.follow()) ?? this.follow());
      return leave;
    } catch (error) {
      leave();
      throw error;
    }
  }

  private follow(): Promise<void> {
    if (this.current) return this.current.ready;
    const current = this.tail.follow(this.follower);
    this.current = current;
    // the next request tries again
    current.ready.catch(() => {
      if (this.current === current) this.drop();
    });
    return current.ready;
  }

  private drop(): void {
    this.current?.stop();
    this.current = null;
  }
}
