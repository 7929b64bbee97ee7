import { secondsBetween } from '../../time/clock.js';

/**
 * Which requests to spend on seeing the fleet now. Promises: a machine that moves is looked at every two seconds, a quiet fleet
 * every thirty, by GET or by list, whichever costs fewer requests; never more than the budget admits, so a large fleet is seen
 * less often instead of being throttled; and a machine that a list does not show is asked for by its id, since a list proves nothing.
 */
export interface LookPlan {
  list: boolean;
  /** Machine ids to look at by GET, the most urgent first. */
  gets: string[];
}

export interface MachineToWatch {
  machineId: string;
  observedAt: Date;
  closely: boolean;
  lacksAccess: boolean;
  lacksAddress: boolean;
}

export interface WatchState {
  machines: MachineToWatch[];
  openAttempts: number;
  /** When the last list walk began; null before the first. */
  lastListAt: Date | null;
  /** Requests that the last walk cost. */
  listCost: number;
  /** Read requests that the budget admits now, and when it is full. */
  readsAvailable: number;
  readsWhenFull: number;
}

export const CLOSE_LOOK_SECONDS = 2;
export const QUIET_LOOK_SECONDS = 30;
/** How often the fleet is listed for the sake of a create whose outcome is unknown. */
const SEARCH_SECONDS = 4;
/** Passwords and log addresses can wait: they are fetched a few at a time, with requests that nobody else wants. */
const ACCESS_LOOKS_AT_ONCE = 3;

export const planLooks = (state: WatchState, now: Date): LookPlan => {
  const { machines, lastListAt, listCost } = state;
  const age = ({ observedAt }: MachineToWatch): number => secondsBetween(observedAt, now);
  const sinceList = lastListAt ? secondsBetween(lastListAt, now) : Infinity;

  const close = machines.filter((machine) => machine.closely && age(machine) >= CLOSE_LOOK_SECONDS);
  const unlisted = (machine: MachineToWatch): boolean => lastListAt !== null && machine.observedAt < lastListAt;
  const byIdOnly = close.filter((machine) => machine.lacksAddress || unlisted(machine));
  const overdue = machines.filter(
    (machine) => !machine.closely && age(machine) >= QUIET_LOOK_SECONDS && unlisted(machine),
  );
  const byEither = close.filter((machine) => !byIdOnly.includes(machine));

  const listDue = sinceList >= QUIET_LOOK_SECONDS || (state.openAttempts > 0 && sinceList >= SEARCH_SECONDS);
  const listCheaper = byEither.length > listCost;
  const list = (listDue || listCheaper) && state.readsAvailable >= listCost;

  let left = state.readsAvailable - (list ? listCost : 0);
  const gets: string[] = [];
  const spendOn = (wanted: MachineToWatch[], most: number): void => {
    for (const { machineId } of wanted.slice(0, Math.max(0, Math.min(most, left)))) {
      gets.push(machineId);
      left -= 1;
    }
  };
  spendOn(
    byIdOnly.sort((a, b) => a.observedAt.getTime() - b.observedAt.getTime()),
    Infinity,
  );
  if (!list && !listCheaper) spendOn(byEither, Infinity);
  spendOn(overdue, Infinity);

  const nobodyWaits = left > state.readsWhenFull / 2;
  const moving = machines.some(({ closely }) => closely);
  const curious = machines.filter((machine) => machine.lacksAccess && !gets.includes(machine.machineId));
  if (nobodyWaits) spendOn(curious, moving ? 1 : ACCESS_LOOKS_AT_ONCE);
  return { list, gets };
};
