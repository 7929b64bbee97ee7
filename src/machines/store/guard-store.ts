import type { Cause } from '../../vocabulary/principal.js';
import type { Guard } from '../domain/fleet-guard.js';

/** Where the guard of the fleet is kept. */
export interface GuardStore {
  guard(): Promise<Guard>;
  /**
   * Applies `change` to the guard as it is now, with no other write in between; null leaves it. Answers with what it is then. The
   * begin and the end of a freeze are events of the fleet; `cause` left out: the guard's own judgement.
   */
  changeGuard(change: (guard: Guard) => Guard | null, cause?: Cause): Promise<Guard>;
  /**
   * Condemns a machine by the code's own judgement, unless as many as `limitOf(live machines)` were since then: false, and nothing
   * is written. A machine that is condemned already stays so and counts once.
   */
  condemnByCode(machineId: string, at: Date, since: Date, limitOf: (fleet: number) => number): Promise<boolean>;
}

/** DI token for the {@link GuardStore}. */
export const GUARD_STORE = Symbol('GUARD_STORE');
