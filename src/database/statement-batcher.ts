import { Batcher } from '../time/batcher.js';
import { currentWaitLimit, withoutWaitLimit } from './wait-limit.js';

/**
 * A {@link Batcher} of statements that many answers share. Each answer waits no longer than its own limit allows; the batch goes on for
 * the others, under the limit of none of them.
 */
export class StatementBatcher<T, R = void> {
  private readonly batcher: Batcher<T, R>;

  /** @param options see {@link Batcher} */
  constructor(act: (all: T[]) => Promise<R>, options?: { overtakenAfterMs: number }) {
    this.batcher = new Batcher(act, options);
  }

  /** Rejects as the batch does, or when the database is silent for longer than the answer may wait. */
  add(one: T): Promise<R> {
    const batch = withoutWaitLimit(() => this.batcher.add(one));
    return currentWaitLimit()?.forAnswer(() => batch) ?? batch;
  }
}
