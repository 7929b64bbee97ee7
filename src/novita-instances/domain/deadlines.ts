import { latest } from '../../time/clock.js';
import { guardHeldSince, type Guard } from '../../machines/domain/fleet-guard.js';
import { afterFreeSeconds, joined, until, type Span } from '../../time/held-up.js';
import { boundMachine, type Facts, type Instance } from './instance.js';
import { mayHoldData, type Machine } from '../../machines/domain/machine.js';
import type { Policy } from './policy.js';
import { readinessSeconds } from './readiness.js';
import { blindSince } from '../../machines/domain/sight.js';

/** When each thing that may not last for ever begins, and how long it may last. Time that was held up does not count. */
export type Deadline = 'capacity' | 'provision' | 'start' | 'stop' | 'readiness';

const LIMITS: Record<Deadline, (facts: Facts, policy: Policy) => { from: Date; seconds: number }> = {
  capacity: ({ instance }, { capacityTimeoutSeconds }) => ({
    from: instance.progress.placement.since,
    seconds: capacityTimeoutSeconds,
  }),
  provision: (facts, { provisionTimeoutSeconds }) => ({
    // a machine that worked and is made anew (moved by Novita, for example) has its whole time again
    from: sinceWanted(facts, (machine) => (mayHoldData(machine) ? machine.changedAt : machine.firstSeenAt)),
    seconds: provisionTimeoutSeconds,
  }),
  // restarts too
  start: (facts, { startTimeoutSeconds }) => ({
    from: sinceWanted(facts, ({ changedAt }) => changedAt),
    seconds: startTimeoutSeconds,
  }),
  stop: (facts, { stopTimeoutSeconds }) => ({ from: sinceWanted(facts), seconds: stopTimeoutSeconds }),
  readiness: (facts, policy) => ({
    from: facts.instance.progress.readiness.runningSince ?? sinceWanted(facts),
    seconds: readinessSeconds(facts.instance.spec.readiness, policy),
  }),
};

export const DEADLINES = Object.keys(LIMITS) as Deadline[];

export const deadlineOf = (deadline: Deadline, facts: Facts, guard: Guard, now: Date, policy: Policy): Date => {
  const { from, seconds } = LIMITS[deadline](facts, policy);
  return afterFreeSeconds(from, seconds, heldSpans(facts, guard, now));
};

/** All time until now in which nothing could be done for the instance. */
export const heldSpans = (facts: Facts, guard: Guard, now: Date): Span[] => {
  const { instance } = facts;
  const { heldUp, placement } = instance.progress;
  const machine = boundMachine(facts);
  // an instance that has a machine waits to buy none, whatever an earlier release left open
  const waitsSince = machine ? null : placement.heldSince;
  const open: (Date | null)[] = [guardHeldSince(guard, now), blindSince(guard.sight, now), waitsSince];
  return until(
    joined([
      ...guard.sight.held,
      ...heldUp,
      ...open.flatMap((from) => (from ? [{ from, to: now }] : [])),
      ...(machine ? refusedSpan(instance, machine, now) : []),
      ...createSpans(facts, now),
    ]),
    now,
  );
};

/**
 * The wait for the next try of a request that was refused for a passing reason. Such a request may have been done all the same:
 * a machine that has moved on waits no longer.
 */
export const refusedSpan = ({ progress }: Instance, { changedAt }: Machine, now: Date): Span[] => {
  const { action, restartsDone } = progress;
  if (!action || action.acknowledged || !action.isPassing) return [];
  if (action.verb === 'restart' && action.generation <= restartsDone) return [];
  return [{ from: action.sentAt, to: changedAt > action.sentAt ? changedAt : now }];
};

/** While a create is under way or in doubt, nothing else may be bought. */
const createSpans = ({ attempts }: Facts, now: Date): Span[] =>
  attempts.map(({ sentAt, decidedAt }) => ({ from: sentAt, to: decidedAt ?? now }));

const sinceWanted = (facts: Facts, since: (machine: Machine) => Date = () => new Date(0)): Date => {
  const machine = boundMachine(facts);
  const { wantedAt } = facts.instance.progress;
  return machine ? latest([since(machine), wantedAt]) : wantedAt;
};
