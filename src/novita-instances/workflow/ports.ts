import type { Cause } from '../../vocabulary/principal.js';

/**
 * How a step went on. `again`: plan anew at once. `rests`: the step has said itself when to come back. Otherwise rest, and come
 * back after so many seconds at the latest.
 */
export type Taken = 'again' | 'rests' | { pauseSeconds: number };

/** Runs one step of one instance; whoever watches may wrap it, and must change nothing about it. */
export type AroundStep = <T>(instanceId: string, step: string, work: () => Promise<T>) => Promise<T>;

/** The cause of what the reconciler writes. */
export const RECONCILER: Cause = { actor: 'reconciler', requestId: null };

/** Why nothing is sent now although something should be. */
export const NO_TURN =
  'Novita limits requests and has asked for a pause, or does not work, or NOVITA_REQUESTS_PER_MINUTE is used up: this goes on by itself.';
