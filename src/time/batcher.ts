import { setTimeout as sleep } from 'node:timers/promises';
import { waitAtMost } from './within.js';

interface BatcherOptions {
  /** How long a batch waits at least for more items. */
  gatherMs?: number;
  /** A batch that takes longer holds up the next one no more: both run. For reads, whose order does not matter. */
  overtakenAfterMs?: number;
}

/**
 * Handles many items with one call of `act`. Items that are added while a batch runs go into the next batch. Each caller gets the result or
 * the error of its batch. A batch begins after its items were added, so a read never returns data older than its request.
 */
export class Batcher<T, R = void> {
  private waiting: T[] = [];
  private next: Promise<R> | null = null;
  private current: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly act: (all: T[]) => Promise<R>,
    private readonly options: BatcherOptions = {},
  ) {}

  /** Rejects as the batch does. */
  add(one: T): Promise<R> {
    this.waiting.push(one);
    return (this.next ??= this.afterCurrent());
  }

  private async afterCurrent(): Promise<R> {
    const { gatherMs, overtakenAfterMs } = this.options;
    if (gatherMs !== undefined) await sleep(gatherMs);
    await (overtakenAfterMs === undefined ? this.current : waitAtMost(overtakenAfterMs, this.current));
    const all = this.waiting;
    this.waiting = [];
    this.next = null;
    const batch = this.act(all);
    // an error belongs to the callers of this batch, not to those of the next
    this.current = batch.catch(() => undefined);
    return batch;
  }
}
