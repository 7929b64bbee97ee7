import type { KnownTaskRun, TaskRun } from './background-task.js';

/** Stores the status of background tasks of all replicas, and requests to run them. */
export interface TaskRunStore {
  /** Replaces the status of the task. A request for a run stays. */
  record(run: TaskRun): Promise<void>;
  /** All runs, sorted by name. */
  all(): Promise<KnownTaskRun[]>;
  /**
   * Requests a run. `isOfDeployment`: by the replica that holds the lease, even if the task never ran. Otherwise by every replica that has
   * recorded a run of the task.
   */
  requestActivation(name: string, isOfDeployment: boolean, at: Date): Promise<void>;
  /** Takes the requests for duties of this replica and for these duties of the deployment. Returns the names of the tasks. */
  takeActivations(replica: string, ofDeployment: readonly string[]): Promise<string[]>;
  /** Deletes the runs of a process that ends. */
  forgetProcess(replica: string): Promise<void>;
  /** Deletes the runs of processes that began none since `before`: they are gone. Returns the number of rows. */
  forgetProcessesBefore(before: Date): Promise<number>;
}
