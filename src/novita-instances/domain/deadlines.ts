import { earliest, latest } from '../../time/clock.js';
import { guardHeldSince, type Guard } from '../../machines/domain/fleet-guard.js';
import { afterFreeSeconds, joined, until, type Span } from '../../time/held-up.js';
import { boundMachine, type Snapshot, type Instance } from './instance.js';
import { mayHoldData, type Machine } from '../../machines/domain/machine.js';
import { capacitySeconds } from './capacity-wait.js';
import type { Policy } from './policy.js';
import { readinessSeconds } from './readiness.js';
import { blindSince } from '../../machines/domain/sight.js';

/** When each thing that may not last for ever begins, and how long it may last. Time that was held up does not count. */
export type Deadline = 'capacity' | 'provision' | 'start' | 'stop' | 'readiness';

const LIMITS: Record<Deadline, (snapshot: Snapshot, policy: Policy) => { from: Date; seconds: number }> = {
  capacity: ({ instance }, policy) => ({
    from: instance.progress.placement.since,
    seconds: capacitySeconds(instance.spec, policy),
  }),
  provision: (snapshot, { provisionTimeoutSeconds }) => ({
    // a machine that worked and is made anew (moved by Novita, for example) has its whole time again
    from: sinceWanted(snapshot, (machine) => (mayHoldData(machine) ? machine.changedAt : machine.firstSeenAt)),
    seconds: provisionTimeoutSeconds,
  }),
  // restarts too
  start: (snapshot, { startTimeoutSeconds }) => ({
    from: sinceWanted(snapshot, ({ changedAt }) => changedAt),
    seconds: startTimeoutSeconds,
  }),
  stop: (snapshot, { stopTimeoutSeconds }) => ({ from: sinceWanted(snapshot), seconds: stopTimeoutSeconds }),
  readiness: (snapshot, policy) => ({
    from: snapshot.instance.progress.readiness.runningSince ?? sinceWanted(snapshot),
    seconds: readinessSeconds(snapshot.instance.spec.readiness, policy),
  }),
};

export const DEADLINES = Object.keys(LIMITS) as Deadline[];

export const deadlineOf = (deadline: Deadline, snapshot: Snapshot, guard: Guard, now: Date, policy: Policy): Date => {
  const { from, seconds } = LIMITS[deadline](snapshot, policy);
  return afterFreeSeconds(from, seconds, heldSpans(snapshot, guard, now));
};

/** All time until now in which nothing could be done for the instance. */
export const heldSpans = (snapshot: Snapshot, guard: Guard, now: Date): Span[] => {
  const { instance } = snapshot;
  const { heldUp, placement } = instance.progress;
  const machine = boundMachine(snapshot);
  // an instance that has a machine waits to buy none, whatever an earlier release left open
  const waitsSince = machine ? null : placement.heldSince;
  const open: (Date | null)[] = [guardHeldSince(guard, now), blindSince(guard.sight, now), waitsSince];
  return until(
    joined([
      ...guard.sight.held,
      ...heldUp,
      ...open.flatMap((from) => (from ? [{ from, to: now }] : [])),
      ...(machine ? refusedSpan(instance, machine, now) : []),
      ...createSpans(snapshot, now),
    ]),
    now,
  );
};

/**
 * The wait for the next try of a request that was refused for a passing reason. Such a request may have been done all the same:
 * a machine that has moved on waits no longer.
 */
export const refusedSpan = ({ progress }: Instance, { changedAt }: Machine, now: Date): Span[] => {
  const { action, restartsDone, readiness } = progress;
  if (!action || action.acknowledged || !action.isPassing) return [];
  if (action.verb === 'restart' && action.generation <= restartsDone) return [];
  // what was seen while the request left counts from when its run is known
  const movedOn = [changedAt, readiness.runningSince ?? changedAt].filter((time) => time > action.sentAt);
  return [{ from: action.sentAt, to: earliest([now, ...movedOn]) }];
};

/** While a create is under way or in doubt, nothing else may be bought. */
const createSpans = ({ attempts }: Snapshot, now: Date): Span[] =>
  attempts.map(({ sentAt, decidedAt }) => ({ from: sentAt, to: decidedAt ?? now }));

const sinceWanted = (snapshot: Snapshot, since: (machine: Machine) => Date = () => new Date(0)): Date => {
  const machine = boundMachine(snapshot);
  const { wantedAt } = snapshot.instance.progress;
  return machine ? latest([since(machine), wantedAt]) : wantedAt;
};
