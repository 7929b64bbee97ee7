import type { Instance } from '../domain/instance.js';

/** Where an instance stands among those that wait for capacity. */
export interface Standing {
  /** How many instances of its project wait longer. */
  ahead: number;
  /** When the catalogue was last looked at for all of them. Null: never. */
  lookedAt: Date | null;
}

/** What is asked of all instances that wait for capacity together. */
export interface CapacityStore {
  /**
   * Instances that wait, or that were handed an offer and have not bought it yet, the longest-waiting first. Without their environment
   * variables. An earlier release does not keep the list, so an instance in it may have found a machine.
   */
  waitingForCapacity(limit: number): Promise<Instance[]>;
  /** Whether the caller may look at the catalogue now: true once in so many seconds, for all replicas together. */
  claimCapacityLook(now: Date, everySeconds: number): Promise<boolean>;
  standingOf(instance: Pick<Instance, 'id' | 'projectId'>, since: Date): Promise<Standing>;
}

/** DI token for the {@link CapacityStore}. */
export const CAPACITY_STORE = Symbol('CAPACITY_STORE');

/** A time that is further ahead was written before the clock of the database was set back: it holds nothing up. */
export const TIMES_AHEAD_SECONDS = 60;
