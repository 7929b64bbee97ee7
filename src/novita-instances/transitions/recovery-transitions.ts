import type { EventDraft } from '../../events/event-catalogue.js';
import type { Machine } from '../../machines/domain/machine.js';
import type { Snapshot } from '../domain/instance.js';
import type { Policy } from '../domain/policy.js';
import { NO_READINESS, type Broken, type Failure } from '../domain/progress.js';
import { afterBegin, afterFailure, delayOf, sayDelay } from '../domain/recovery.js';
import { keptByReplacement } from '../domain/replacement.js';
import type { InstanceChange } from './instance-change.js';
import { machineTaken } from './reclaim-transitions.js';

type Why = Pick<Failure, 'code' | 'message'>;

/** The machine is judged broken. What it is replaced by, and when, is decided next. */
export const machineBroken = ({ instance }: Snapshot, { machineId }: Machine, why: Why, now: Date): InstanceChange => {
  const { code, message } = why;
  return {
    progress: {
      broken: { machineId, code, message, at: now, delay: null },
      recovery: afterFailure(instance.progress, now),
    },
    events: [failedEvent(machineId, why)],
  };
};

/**
 * The instance lets go of a machine that has failed and holds nothing, and gets another one, at once or when that may be. What was sent
 * for a successor is the instance's own from now on, and was counted when its replacement began.
 */
export const machineLetGo = (
  snapshot: Snapshot,
  { machine, isGone, failure }: { machine: Machine; isGone: boolean; failure: Why },
  policy: Pick<Policy, 'maxReplacementsPerHour'>,
  now: Date,
): InstanceChange => {
  const { progress, replacement } = snapshot.instance;
  const { machineId } = machine;
  const isJudged = progress.broken?.machineId === machineId;
  const judged = isJudged && progress.recovery ? progress.recovery : afterFailure(progress, now);
  const isUnderWay = replacement?.phase === 'placing';
  const delay = isUnderWay ? null : delayOf(judged, policy, now);
  const recovery = isUnderWay ? judged : afterBegin(judged, delay?.until ?? now, now);
  const taken = machineTaken(snapshot, machine, isGone, now);
  const { code, message } = failure;
  const { placement } = { ...progress, ...taken.progress };
  return {
    ...taken,
    progress: {
      ...taken.progress,
      broken: { machineId, code, message, at: (isJudged && progress.broken?.at) || now, delay },
      recovery,
      // the wait is none for capacity, and counts against no deadline
      ...(delay && {
        placement: {
          ...placement,
          waitingFor: 'replacement',
          detail: sayDelay(delay),
          heldSince: placement.heldSince ?? now,
        },
      }),
    },
    events: [
      ...(isJudged ? [] : [failedEvent(machineId, failure)]),
      ...(taken.events ?? []),
      ...(delay ? [delayedEvent(machineId, delay)] : []),
    ],
  };
};

export const replacementDelayed = (
  { instance: { progress } }: Snapshot,
  machineId: string,
  delay: NonNullable<Broken['delay']>,
): InstanceChange => ({
  progress: { broken: progress.broken && { ...progress.broken, delay } },
  events: [delayedEvent(machineId, delay)],
});

/** The machine that was judged broken runs. It has the data, so it stays. */
export const machineMended = ({ instance }: Snapshot): InstanceChange => {
  const { replacement, progress, machineId } = instance;
  // a replacement that a caller asked for, or that a reclaim needs, goes on
  const isOver = replacement?.reason === 'failure' && replacement.phase !== 'draining';
  return {
    ...(isOver && { instance: { replacement: null }, condemned: keptByReplacement(instance) }),
    progress: { broken: null, readiness: { ...NO_READINESS, readyAt: progress.readiness.readyAt } },
    events: [
      { type: 'machine.runs_again', data: { machineId: machineId ?? '' } },
      ...(isOver
        ? [
            {
              type: 'replacement.failed' as const,
              data: {
                code: 'MACHINE_RUNS_AGAIN',
                message: 'The machine runs after all, and its data is not lost.',
                machineId: replacement.successorId,
              },
            },
          ]
        : []),
    ],
  };
};

const failedEvent = (machineId: string, { code, message }: Why): EventDraft => ({
  type: 'machine.failed',
  data: { machineId, code, message },
});

const delayedEvent = (machineId: string, { why, until }: NonNullable<Broken['delay']>): EventDraft => ({
  type: 'replacement.delayed',
  data: { machineId, why, until: until.toISOString() },
});
