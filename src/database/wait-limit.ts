/**
 * How long an answer may wait for a database that is silent (frozen or cut off, and not known to be dead). The limit is carried along
 * with the work of the answer, so that every wait on its way is bounded, whoever waits. Only silence counts: each statement that
 * the database answers begins it anew, and a busy database may take its time. When the limit is reached, all further waits
 * of the same answer fail at once. Work without a limit (jobs, timers) waits as long as the pool lets it.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

/** The database did not say anything within the limit. Nothing tells whether it will still do what it was asked. */
export class DatabaseSilentError extends Error {
  constructor() {
    super('the database does not answer');
    this.name = 'DatabaseSilentError';
  }
}

export class WaitLimit {
  /** Waited since the database answered last, without the wait that is going on. */
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
   * Waits for something that tells nothing of the database, such as a connection that was open already.
   * @param onLate is given what comes after the wait was given up
   */
  async wait<T>(begin: () => Promise<T>, onLate: (late: T) => void = () => undefined): Promise<T> {
    const leftMs = this.leftMs();
    if (leftMs <= 0) throw new DatabaseSilentError();
    if (this.waiting++ === 0) this.sinceMs = performance.now();
    let timer: NodeJS.Timeout | undefined;
    let isLate = false;
    const work = begin();
    const silence = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        // what has arrived while this process was busy is read first: it is no silence
        setImmediate(() => {
          isLate = true;
          reject(new DatabaseSilentError());
        });
      }, leftMs);
    });
    work.then(
      (late) => {
        if (isLate) onLate(late);
      },
      // told to the callers that still wait
      () => undefined,
    );
    try {
      return await Promise.race([work, silence]);
    } finally {
      clearTimeout(timer);
      if (--this.waiting === 0) this.silentMs += performance.now() - this.sinceMs;
    }
  }

  private leftMs(): number {
    const waitingMs = this.waiting > 0 ? performance.now() - this.sinceMs : 0;
    return this.limitMs - this.silentMs - waitingMs;
  }
}

const limits = new AsyncLocalStorage<WaitLimit | null>();

/** The limit of the answer that is being worked on; null when there is none. */
export const currentWaitLimit = (): WaitLimit | null => limits.getStore() ?? null;

/** Everything that the work waits for the database is under this limit, and under no other. */
export const underWaitLimit = <T>(limit: WaitLimit, work: () => T): T => limits.run(limit, work);

/** For work that several answers share: it must not end because the patience of the first of them does. */
export const withoutWaitLimit = <T>(work: () => T): T => limits.run(null, work);
