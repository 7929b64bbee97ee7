/** DI token for the `LeaseStore`. */
export const LEASE_STORE = Symbol('LEASE_STORE');

/** DI token for the `TaskRunStore`. */
export const TASK_RUN_STORE = Symbol('TASK_RUN_STORE');
