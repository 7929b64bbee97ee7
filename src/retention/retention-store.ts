/**
 * Deletes what is old, some rows at a time: each method answers with how many rows it deleted, `limit` at most. Fewer: nothing is left.
 *
 * What is never deleted, however old: an instance that is not deleted; an instance with a machine that is not proved gone, or with a
 * create whose outcome is not known; of the attempts the last 20 of an instance, and each that may have made a machine, so that
 * numbers go on from the highest and every tag is still traced.
 */
export interface RetentionStore {
  /** Events of all instances. Their numbers go on: readers find that the oldest are missing, and no others. */
  deleteEvents(before: Date, limit: number): Promise<number>;
  /** A create with such a key makes another instance from then on. */
  deleteIdempotencyKeys(before: Date, limit: number): Promise<number>;
  /** Attempts that made no machine (`REJECTED`, `NOT_SENT`) and that no answer shows any more. */
  deleteAttempts(before: Date, limit: number): Promise<number>;
  /** Events of instances that were deleted before then: an instance may have more of them than one statement should delete. */
  deleteEventsOfDeletedInstances(before: Date, limit: number): Promise<number>;
  /** Instances that were deleted before then and have no events left, with their attempts, machines and idempotency keys. */
  deleteDeletedInstances(before: Date, limit: number): Promise<number>;
}
