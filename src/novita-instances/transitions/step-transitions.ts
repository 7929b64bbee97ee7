import { attemptOf } from '../domain/machine-verdict.js';
import type { Snapshot } from '../domain/instance.js';
import { NO_READINESS, type ReadinessProgress } from '../domain/progress.js';
import type { EventDraft } from '../../events/event-catalogue.js';
import { advanceReadiness, beginReadiness, type ProbeResult } from '../domain/readiness.js';
import type { Policy } from '../domain/policy.js';
import { isTaken } from '../domain/reclaim.js';
import { isFlapping, holdSeconds } from '../domain/flapping.js';
import { brokenOf } from '../domain/recovery.js';
import { cutOver } from '../domain/replacement.js';
import type { Step } from '../planners/step.js';
import { addSeconds } from '../../time/clock.js';
import { createDoubted, createWrittenOff } from './create-transitions.js';
import type { InstanceChange } from './instance-change.js';
import { lessonOfReady, lessonOfRun } from './lessons.js';
import { machineTaken, reclaimTold, replacementBegun, replacementCancelled } from './reclaim-transitions.js';
import { updateSettled } from './update-transitions.js';
import { failed, placementWaits } from './placement-waits.js';
import { machineBroken, machineLetGo, machineMended, replacementDelayed } from './recovery-transitions.js';

/** Of so many the instance remembers that they have been told. More than can be overdue at once. */
const MOST_OVERDUE_TOLD = 50;

/** Steps that are done when they are written down: nothing is asked of Novita or of the workload. */
export type RecordedStep = Extract<
  Step,
  {
    do:
      | 'tell'
      | 'raise'
      | 'disprove'
      | 'hold'
      | 'doubt'
      | 'write-off'
      | 'condemn'
      | 'record-gone'
      | 'begin-run'
      | 'end-run'
      | 'fail'
      | 'cut-over'
      | 'end-replacement'
      | 'tell-reclaim'
      | 'begin-replacement'
      | 'cancel-replacement'
      | 'recover'
      | 'mark-broken'
      | 'let-go'
      | 'delay-replacement'
      | 'mend'
      | 'settle-update'
      | 'finish-delete';
  }
>;

export const stepRecorded = (
  snapshot: Snapshot,
  step: RecordedStep,
  policy: Pick<Policy, 'drainSeconds' | 'maxReplacementsPerHour'>,
  now: Date,
): InstanceChange => {
  const { instance } = snapshot;
  const { progress } = instance;
  switch (step.do) {
    case 'tell':
      return {
        instance: { toldStatus: step.status },
        events: [{ type: 'status.changed', data: { from: instance.toldStatus, to: step.status } }],
      };
    case 'raise': {
      const { key, data } = step.overdue;
      return {
        progress: { overdueTold: [...progress.overdueTold, key].slice(-MOST_OVERDUE_TOLD) },
        events: [{ type: 'instance.overdue', data: { ...data, since: data.since.toISOString() } }],
      };
    }
    case 'disprove': {
      const { machine, said, change } = step.disproved;
      const { machineId, attemptNumber } = machine;
      return { ...change, events: [{ type: 'operator.disproved', data: { said, machineId, attempt: attemptNumber } }] };
    }
    case 'hold':
      return placementWaits(snapshot, { waitingFor: step.waitingFor, detail: step.detail, until: now }, now);
    case 'doubt':
      return createDoubted(snapshot, step.attempt, 'SENDER_LOST', 'the process that sent it is gone', now);
    case 'write-off':
      return createWrittenOff(step.attempt, now);
    case 'condemn': {
      const { machineId, attemptNumber } = step.machine;
      const attempt = attemptOf(snapshot, step.machine);
      const isUndecided = attempt !== null && attempt.machineId === null;
      return {
        ...(isUndecided && { attempts: [{ ...attempt, state: 'SUPERSEDED', machineId, decidedAt: now }] }),
        events: [{ type: 'machine.condemned', data: { machineId, attempt: attemptNumber } }],
      };
    }
    case 'record-gone': {
      const { machineId } = step.machine;
      return {
        ...(instance.machineId === machineId && { instance: { machineId: null } }),
        gone: [machineId],
        events: [{ type: 'machine.gone', data: { machineId } }],
      };
    }
    case 'begin-run':
      return runBegun(snapshot, step.restart, now);
    case 'end-run':
      // readyAt stays: it tells a machine that went down from one that never came up
      return { progress: { readiness: { ...NO_READINESS, readyAt: progress.readiness.readyAt } } };
    case 'fail':
      return failed(step.failure, now);
    case 'cut-over':
      return successorTookOver(snapshot, policy.drainSeconds, now);
    case 'end-replacement': {
      const machineId = step.machine?.machineId ?? null;
      return {
        instance: { replacement: null },
        condemned: machineId === null ? [] : [machineId],
        events: [
          { type: 'replacement.finished', data: { machineId: instance.replacement?.draining?.machineId ?? null } },
        ],
      };
    }
    case 'tell-reclaim':
      return reclaimTold(snapshot, step.machine, step.news, now);
    case 'begin-replacement':
      return replacementBegun(snapshot, step.reason, now);
    case 'cancel-replacement':
      return replacementCancelled(snapshot);
    case 'recover':
      return machineTaken(snapshot, step.machine, step.isGone, now);
    case 'mark-broken':
      return machineBroken(snapshot, step.machine, step.failure, now);
    case 'let-go':
      return machineLetGo(snapshot, step, policy, now);
    case 'delay-replacement':
      return replacementDelayed(snapshot, step.machineId, step.delay);
    case 'mend':
      return machineMended(snapshot);
    case 'settle-update':
      return updateSettled(snapshot, now);
    case 'finish-delete':
      return { instance: { deletedAt: now } };
  }
};

/** A machine that is there drains. What is gone, or was taken by Novita, is not waited for. */
const successorTookOver = ({ instance, machines }: Snapshot, drainSeconds: number, now: Date): InstanceChange => {
  const { replacement } = instance;
  if (!replacement?.successorId) return {};
  const old = machines.find(({ machineId, goneAt }) => machineId === instance.machineId && goneAt === null);
  const { progress, ...after } = cutOver(
    instance,
    replacement,
    // what does not work serves nothing any more
    old ? addSeconds(now, isTaken(old) || brokenOf(instance) ? 0 : drainSeconds) : null,
  );
  return {
    instance: after,
    progress,
    events: [{ type: 'replacement.cut_over', data: { from: instance.machineId, to: replacement.successorId } }],
  };
};

const runBegun = (snapshot: Snapshot, restart: 'seen' | 'unseen' | undefined, now: Date): InstanceChange => {
  const { instance } = snapshot;
  const { action } = instance.progress;
  return {
    learned: lessonOfRun(snapshot, now),
    progress: {
      restartsDone: instance.restartGeneration,
      ...(restart === 'seen' && action && { action: { ...action, unseen: 0 } }),
      readiness: beginReadiness(instance.spec.readiness, now),
    },
    ...(restart && {
      events: [
        {
          type: restart === 'seen' ? 'machine.restarted' : 'machine.restart_unknown',
          data: { machineId: instance.machineId },
        },
      ],
    }),
  };
};

/** Null: the answers belong to a run that is over. @param runningSince when the run began that was asked */
export const workloadProbed = (
  snapshot: Snapshot,
  runningSince: Date | null,
  results: ProbeResult[],
  now: Date,
): InstanceChange | null => {
  const { progress, spec } = snapshot.instance;
  const before = progress.readiness;
  if (before.runningSince?.getTime() !== runningSince?.getTime()) return null;
  const readiness = advanceReadiness(before, spec.readiness, results, now);
  const isReadyNow = readiness.readyAt !== null && before.readyAt === null;
  return {
    progress: { readiness },
    ...(isReadyNow && { learned: lessonOfReady(snapshot, now) }),
    events: flappingEvents(before, readiness),
  };
};

/** That it flaps is told once, and once that it does not any more. */
const flappingEvents = (before: ReadinessProgress, after: ReadinessProgress): EventDraft[] => {
  if (isFlapping(before) === isFlapping(after)) return [];
  return isFlapping(after)
    ? [{ type: 'instance.flapping', data: { turns: after.turns.length, holdSeconds: holdSeconds(after) } }]
    : [{ type: 'instance.steady', data: { turns: after.turns.length } }];
};
