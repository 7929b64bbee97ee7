/**
 * A kind of durable work: its name, the type of its data, and how it is retried.
 * Jobs run at least once: a handler may run twice and may die at any line.
 */
export interface JobDefinition<T extends object> {
  /** In kebab-case. It is stored, so it must not change. */
  readonly name: string;
  /**
   * Jobs with the same key are merged: in all replicas together at most one waits and at most one runs.
   * Enqueueing while one waits adds none; while one runs, it adds one that waits.
   */
  readonly key?: (data: T) => string;
  /** How often a failed or lost job is retried before it is dead. */
  readonly retries: number;
  /** Seconds before the first retry; doubled for each further one, up to `retryDelayMaxSeconds`. */
  readonly retryDelaySeconds: number;
  readonly retryDelayMaxSeconds: number;
  /** A handler that runs longer is aborted, and the job is retried. */
  readonly timeoutSeconds: number;
  /** How long a finished job stays visible to operators. */
  readonly keepFinishedSeconds: number;
  /** Never set. Carries the type T for the compiler. */
  readonly __data?: T;
}

export const defineJob = <T extends object>(definition: JobDefinition<T>): JobDefinition<T> =>
  Object.freeze(definition);
