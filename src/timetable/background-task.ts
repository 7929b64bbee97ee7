/** What a run reports: counts and words, such as `{ due: 12 }`. It is shown to operators, so it must have no secrets. */
export type StatusValue = Readonly<Record<string, number | string | boolean | null>>;

/** Lets one replica at a time do a duty of the whole deployment. */
export interface Lease {
  readonly name: string;
  /** After how many seconds a dead holder is replaced. The lease is renewed four times in this time. */
  readonly seconds: () => number;
}

/** A periodic duty. Each room adds its own to `BackgroundTasks`. */
export interface BackgroundTask {
  /** In kebab-case. Never rename it: operators, alerts and the table of statuses use it. */
  readonly name: string;
  /** For operators: what the task does, and what goes wrong when it does not run. */
  readonly description: string;
  /** Null: a duty of each process. Otherwise a duty of the deployment, done by the holder of the lease. */
  readonly lease: Lease | null;
  /** Milliseconds from the end of a run to the next one. May depend on the last run. */
  readonly periodMs: () => number;
  /** The longest value of `periodMs`. A task that did not begin for several of these is overdue. */
  readonly longestPeriodMs: number;
  /**
   * Does the duty once. May throw: the next run is the retry.
   * @param signal aborted when the process ends
   * @param again makes the next run due at once. May be called at any time, also after the run
   */
  run(signal: AbortSignal, again: () => void): Promise<StatusValue>;
}

/** What is known about the last run of a task by one replica. */
export interface TaskRun {
  name: string;
  /** The replica, for a duty of each process. Null for a duty of the deployment, which has one row. */
  process: string | null;
  /** The replica that ran the task. */
  replica: string;
  beganAt: Date;
  /** Null: the first run has not ended. Earlier than `beganAt`: a run is under way. */
  endedAt: Date | null;
  durationMs: number | null;
  /** What the last successful run reported, or null. */
  status: StatusValue | null;
  /** Why the last run failed, or null. Never text of a driver or of Novita. */
  error: string | null;
  /** How many of the latest runs failed in a row. */
  failuresInRow: number;
  succeededAt: Date | null;
  nextRunAt: Date | null;
}

/** A run as stored. For a task that never ran there may be only the request to run it. */
export interface KnownTaskRun extends Omit<TaskRun, 'replica' | 'beganAt'> {
  replica: string | null;
  beganAt: Date | null;
  /** When a run was requested that no replica has begun yet. */
  activateRequestedAt: Date | null;
}
