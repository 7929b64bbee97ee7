import { setTimeout as sleep } from 'node:timers/promises';
import { currentWaitLimit, withoutWaitLimit } from './wait-limit.js';

/**
 * Handles many items with one call of `act`. Items that are added while a batch runs go into the next batch. Each caller gets the result or
 * the error of its batch, or stops waiting at its limit; the batch goes on for the others. A batch begins after its items were added, so a
 * read never returns data older than its request.
 */
export class Together<T, R = void> {
  private waiting: T[] = [];
  private next: Promise<R> | null = null;
  private current: Promise<unknown> = Promise.resolve();

  /** @param gatherMs how long a batch waits at least for more items */
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
    // an error belongs to the callers of this batch, not to those of the next
    this.current = round.catch(() => undefined);
    return round;
  }
}
