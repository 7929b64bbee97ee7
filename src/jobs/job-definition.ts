/**
 * A kind of durable work: its name, the shape of what it is given, and how it is retried.
 * Jobs are at-least-once: a handler may run twice and may die at any line.
 */
export interface JobDefinition<T extends object> {
  /** Stable: it is stored. kebab-case. */
  readonly name: string;
  /**
   * Jobs with the same key are coalesced: at most one waits and at most one runs, over all replicas.
   * Enqueueing while one waits changes nothing; while one runs, one more is kept waiting.
   */
  readonly key?: (data: T) => string;
  /** How often a failed or lost job is run again before it is kept as dead. */
  readonly retries: number;
  /** Seconds before the first retry; doubles from there up to `retryDelayMaxSeconds`. */
  readonly retryDelaySeconds: number;
  readonly retryDelayMaxSeconds: number;
  /** A handler that runs longer is given up and the job retried. */
  readonly timeoutSeconds: number;
  /** How long a finished job stays visible to operators. */
  readonly keepFinishedSeconds: number;
  /** Phantom: carries T. Never set. */
  readonly __data?: T;
}

export const defineJob = <T extends object>(definition: JobDefinition<T>): JobDefinition<T> =>
  Object.freeze(definition);
