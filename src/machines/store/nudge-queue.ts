import type { Transaction } from 'kysely';
import type { Tables } from '../../database/tables.js';

/** Puts the reconciler's jobs for instances into the queue, inside the given transaction. */
export interface NudgeQueue {
  /** It does not start before the transaction ends, so that it sees what this wrote. */
  enqueue(instanceId: string, transaction: Transaction<Tables>): Promise<void>;
  /** For those about whom nothing is written. */
  enqueueAll(instanceIds: string[], transaction: Transaction<Tables>): Promise<void>;
}

/** Always in the order of ids, so that two transactions never wait for each other. */
export const nudgeIn = async (
  queue: NudgeQueue,
  transaction: Transaction<Tables>,
  instanceIds: readonly string[],
): Promise<void> => {
  for (const id of instanceIds.toSorted()) await queue.enqueue(id, transaction);
};
