/** What a run has to say of itself: counts and words, such as `{ due: 12 }`. Shown to operators as it is, so it holds no secrets. */
export type StatusValue = Readonly<Record<string, number | string | boolean | null>>;

/** Who may do a duty of the whole deployment: one replica at a time. */
export interface Lease {
  readonly name: string;
  /** A holder that dies is replaced after so many seconds. It is renewed four times as often. */
  readonly seconds: () => number;
}

/** A periodic duty. A new one is added by the room that it belongs to, through `BackgroundTasks`. */
export interface BackgroundTask {
  /** In kebab-case. Never renamed: operators, alerts and the table of statuses know it. */
  readonly name: string;
  /** One sentence for operators: what it does, and what stands still when it does not run. */
  readonly description: string;
  /** Null: a duty of each process. Otherwise a duty of the deployment, done where the lease is held. */
  readonly lease: Lease | null;
  /** Milliseconds from the end of a run to the next one. May depend on what the last run found. */
  readonly periodMs: () => number;
  /** The longest that `periodMs` says. A task that did not begin for several of these is overdue. */
  readonly longestPeriodMs: number;
  /**
   * Does the duty once. May throw: the next run is the retry.
   * @param signal aborted when the process leaves
   */
  run(signal: AbortSignal): Promise<StatusValue>;
}

/** What is known of the last run of a task, by one replica. */
export interface TaskRun {
  name: string;
  /** The replica for a duty of each process. Null for a duty of the deployment, of which there is one row for all. */
  process: string | null;
  /** The replica that ran it. */
  replica: string;
  beganAt: Date;
  /** Null: the first run has not ended yet. Before `beganAt`: it runs now. */
  endedAt: Date | null;
  durationMs: number | null;
  /** What the last run said that did not fail. Null: none has ended well yet. */
  status: StatusValue | null;
  /** Why the last run failed; null when it did not. Never what a driver or Novita said. */
  error: string | null;
  /** How many runs failed, one after the other, up to now. */
  failuresInRow: number;
  succeededAt: Date | null;
  nextRunAt: Date | null;
}

/** As it is stored: of a task that never ran there may be no more than the request to run it. */
export interface KnownTaskRun extends Omit<TaskRun, 'replica' | 'beganAt'> {
  replica: string | null;
  beganAt: Date | null;
  /** When a run was asked for that no replica has begun yet. */
  activateRequestedAt: Date | null;
}
