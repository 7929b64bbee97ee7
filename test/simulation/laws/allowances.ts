/*
 * How much time the laws allow between a cause and its effect. An allowance that is too long hides bugs. One that is too short calls
 * a breach what no program could avoid: a replica cannot see the world and act on it in one moment.
 */

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** How long a step may take. It reads the guard when it begins, and a freeze may come while it is under way. */
export const STEP_MS = 90_000;

/** From the last read of what is wanted to the moment when the request leaves. */
export const FENCE_MS = 15_000;

/** From the snapshot that is decided on to the request that follows from it. */
export const DECISION_MS = 65_000 + FENCE_MS;
