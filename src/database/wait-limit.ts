/**
 * Limits how long a request waits for a silent database (frozen or cut off, and not known to be dead). The limit is in the async context of
 * the request, so that it bounds every wait for its answer. Only silence counts: each answered statement resets it, and a busy database
 * may take its time. Once the limit is reached, all further waits of the same request fail at once. Work without a limit (jobs, timers)
 * waits as long as the pool allows.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { withDeadline } from '../time/within.js';

/** The database did not answer within the limit. It is unknown whether it will still execute the statement. */
export class DatabaseSilentError extends Error {
  constructor() {
    super('the database does not answer');
    this.name = 'DatabaseSilentError';
  }
}

export class WaitLimit {
  /** Time waited since the last answer of the database, without the current wait. */
  private silentMs = 0;
  private waiting = 0;
  private sinceMs = 0;

  constructor(private readonly limitMs: number) {}

  /** Waits for a statement. */
  async forAnswer<T>(ask: () => Promise<T>): Promise<T> {
    const answer = await this.wait(ask);
    this.silentMs = 0;
    this.sinceMs = performance.now();
    return answer;
  }

  /**
   * Waits for something that does not show whether the database answers, such as a connection from the pool.
   * @param onLate gets a result that comes after the limit
   */
  async wait<T>(begin: () => Promise<T>, onLate: (late: T) => void = () => undefined): Promise<T> {
    const leftMs = this.leftMs();
    if (leftMs <= 0) throw new DatabaseSilentError();
    if (this.waiting++ === 0) this.sinceMs = performance.now();
    let isLate = false;
    const work = begin();
    work.then(
      (late) => {
        if (isLate) onLate(late);
      },
      // the race below reports the error
      () => undefined,
    );
    try {
      return await withDeadline(leftMs, work, () => {
        isLate = true;
        throw new DatabaseSilentError();
      });
    } finally {
      if (--this.waiting === 0) this.silentMs += performance.now() - this.sinceMs;
    }
  }

  private leftMs(): number {
    const waitingMs = this.waiting > 0 ? performance.now() - this.sinceMs : 0;
    return this.limitMs - this.silentMs - waitingMs;
  }
}

const limits = new AsyncLocalStorage<WaitLimit | null>();

/** The limit of the current request, or null when there is none. */
export const currentWaitLimit = (): WaitLimit | null => limits.getStore() ?? null;

/** Runs work under this limit instead of the current one. */
export const underWaitLimit = <T>(limit: WaitLimit, work: () => T): T => limits.run(limit, work);

/** Runs work that several requests share, which must not end with the limit of the first of them. */
export const withoutWaitLimit = <T>(work: () => T): T => limits.run(null, work);
