import type { KnownTaskRun, TaskRun } from './background-task.js';

/** What all replicas tell of their background tasks, and what they are asked to run. */
export interface TaskRunStore {
  /** Replaces what was known of the task. A request for a run stays. */
  record(run: TaskRun): Promise<void>;
  /** All that is known, in the order of names. */
  all(): Promise<KnownTaskRun[]>;
  /**
   * Asks for a run. `isOfDeployment`: of the replica that holds the lease, also when the task never ran; otherwise of every
   * replica that has told of the task.
   */
  requestActivation(name: string, isOfDeployment: boolean, at: Date): Promise<void>;
  /** Takes up what was asked of this replica: of its own duties, and of these duties of the deployment. Answers with names. */
  takeActivations(replica: string, ofDeployment: readonly string[]): Promise<string[]>;
  /** Forgets the duties of a process that leaves. */
  forgetProcess(replica: string): Promise<void>;
  /** Forgets the duties of processes that did not begin one since then: they are gone. Answers with how many rows. */
  forgetProcessesBefore(before: Date): Promise<number>;
}
