import { setTimeout as sleep } from 'node:timers/promises';
import { currentWaitLimit, withoutWaitLimit } from './wait-limit.js';

/**
 * Does the same thing for many at once: what is given while one round is under way goes into the next. Each caller learns how its
 * round went, and what it answered, or gives up waiting for it; the round goes on for the others. No round begins before what goes into it was given: who asks sees what was true then, or later.
 */
export class Together<T, R = void> {
  private waiting: T[] = [];
  private next: Promise<R> | null = null;
  private current: Promise<unknown> = Promise.resolve();

  /** @param gatherMs how long a round waits for more to come, at least */
  constructor(
    private readonly act: (all: T[]) => Promise<R>,
    private readonly gatherMs = 0,
  ) {}

  add(one: T): Promise<R> {
    this.waiting.push(one);
    const round = (this.next ??= withoutWaitLimit(() => this.afterCurrent()));
    return currentWaitLimit()?.forAnswer(() => round) ?? round;
  }

  private async afterCurrent(): Promise<R> {
    if (this.gatherMs > 0) await sleep(this.gatherMs);
    await this.current;
    const all = this.waiting;
    this.waiting = [];
    this.next = null;
    const round = this.act(all);
    // how it went is told to those who take part in it, and not to the next ones
    this.current = round.catch(() => undefined);
    return round;
  }
}
