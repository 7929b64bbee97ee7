import type { Machine } from './machine.js';

/** Loads an image onto the nodes of a cluster. Its state follows from the time. Times are milliseconds since 1970. */
export interface Prewarm {
  id: string;
  imageUrl: string;
  registryAuthId: string;
  clusterId: string;
  /** Empty: every node of the cluster. */
  productIds: string[];
  note: string;
  imageBytes: number;
  createdAt: number;
  runsAt: number;
  endsAt: number;
  /** Empty: it succeeds. */
  failure: string;
}

export function prewarmState(task: Prewarm, now: number): 'Pending' | 'Running' | 'Succeeded' | 'Failed' {
  if (now < task.runsAt) return 'Pending';
  if (now < task.endsAt) return 'Running';
  return task.failure === '' ? 'Succeeded' : 'Failed';
}

export function isOnNode(tasks: readonly Prewarm[], machine: Machine, now: number): boolean {
  return tasks.some(
    (task) =>
      task.imageUrl === machine.imageUrl &&
      task.clusterId === machine.clusterId &&
      (task.productIds.length === 0 || task.productIds.includes(machine.productId)) &&
      prewarmState(task, now) === 'Succeeded',
  );
}
