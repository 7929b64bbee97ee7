import { secondsBetween } from '../../time/clock.js';

/**
 * Which requests to spend on seeing the fleet now. Promises: a machine that moves is looked at every two seconds, a quiet fleet
 * every thirty, by GET or by list, whichever costs fewer requests; never more than the budget admits, so a large fleet is seen
 * less often instead of being throttled; looks at single machines never keep the list away for good, nor the list them; and a
 * machine that a list does not show is asked for by its id, since a list proves nothing.
 */
export interface LookPlan {
  list: boolean;
  /** Machine ids to look at by GET, the most urgent first. */
  gets: string[];
}

export interface MachineToWatch {
  machineId: string;
  observedAt: Date;
  /** The last look by id, whatever came of it; null when there was none that we know of. */
  askedAt: Date | null;
  closely: boolean;
  lacksAccess: boolean;
  lacksAddress: boolean;
  missing: boolean;
}

export interface WatchState {
  machines: MachineToWatch[];
  openAttempts: number;
  /** The last list was not complete, and may become so together with the next ones. */
  listUnfinished: boolean;
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
/** A machine that Novita does not know is asked for less often: the proofs that count are half a minute apart anyway. */
const MISSING_LOOK_SECONDS = 10;
/** When the list is so late, everything is saved up for it. */
const LIST_LATE_SECONDS = 2 * QUIET_LOOK_SECONDS;
/** How often the fleet is listed for the sake of a create whose outcome is unknown, or of a list that was not complete. */
const SEARCH_SECONDS = 4;
/**
 * Passwords and log addresses can wait: they are fetched a few at a time, with requests that nobody else wants, and while
 * anything moves not more than one a second.
 */
const ACCESS_LOOKS_AT_ONCE = 3;
/** A machine whose look by id showed no way in, maybe because it has none, is asked again so much later. */
const ACCESS_AGAIN_SECONDS = 60;

export const planLooks = (state: WatchState, now: Date): LookPlan => {
  const { machines, lastListAt, listCost, readsAvailable } = state;
  const age = ({ observedAt, askedAt }: MachineToWatch): number =>
    Math.min(secondsBetween(observedAt, now), askedAt ? secondsBetween(askedAt, now) : Infinity);
  const sinceList = lastListAt ? secondsBetween(lastListAt, now) : Infinity;

  const close = machines.filter(
    (machine) => machine.closely && age(machine) >= (machine.missing ? MISSING_LOOK_SECONDS : CLOSE_LOOK_SECONDS),
  );
  const unlisted = (machine: MachineToWatch): boolean => lastListAt !== null && machine.observedAt < lastListAt;
  const byIdOnly = close.filter((machine) => machine.lacksAddress || machine.missing || unlisted(machine));
  const byEither = close.filter((machine) => !byIdOnly.includes(machine));
  const overdue = machines.filter(
    (machine) =>
      !machine.closely &&
      age(machine) >= QUIET_LOOK_SECONDS &&
      // a list that does not come does not show it either
      (unlisted(machine) || age(machine) >= LIST_LATE_SECONDS),
  );

  const isSearching = state.openAttempts > 0 || state.listUnfinished;
  const listDue = sinceList >= (isSearching ? SEARCH_SECONDS : QUIET_LOOK_SECONDS);
  const listCheaper = byEither.length > listCost;
  const list = (listDue || listCheaper) && readsAvailable >= listCost;
  const saving = !list && lastListAt !== null && sinceList >= LIST_LATE_SECONDS && listCost <= state.readsWhenFull;

  let left = saving ? 0 : readsAvailable - (list ? listCost : 0);
  const gets: string[] = [];
  const spendOn = (wanted: MachineToWatch[], most: number): void => {
    const oldestFirst = wanted.toSorted((a, b) => age(b) - age(a));
    for (const { machineId } of oldestFirst.slice(0, Math.max(0, Math.min(most, left)))) {
      gets.push(machineId);
      left -= 1;
    }
  };
  spendOn(byIdOnly, Infinity);
  if (!list && !listCheaper) spendOn(byEither, Infinity);
  spendOn(overdue, Infinity);

  const nobodyWaits = left > state.readsWhenFull / 2;
  const moving = machines.some(({ closely }) => closely);
  const curious = machines.filter(
    ({ machineId, lacksAccess, askedAt }) =>
      lacksAccess &&
      !gets.includes(machineId) &&
      (askedAt === null || secondsBetween(askedAt, now) >= ACCESS_AGAIN_SECONDS),
  );
  const lastAskedMs = Math.max(...machines.map(({ askedAt }) => askedAt?.getTime() ?? 0));
  const askedJustNow = now.getTime() - lastAskedMs < 1000;
  if (nobodyWaits && !(moving && askedJustNow)) spendOn(curious, moving ? 1 : ACCESS_LOOKS_AT_ONCE);
  return { list, gets };
};
