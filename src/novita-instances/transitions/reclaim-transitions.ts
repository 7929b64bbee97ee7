import type { EventDraft } from '../../events/event-catalogue.js';
import type { Machine } from '../../machines/domain/machine.js';
import { addSeconds, latest } from '../../time/clock.js';
import type { ReplacementReason } from '../../vocabulary/replacement.js';
import type { Instance, Snapshot } from '../domain/instance.js';
import { attemptOf } from '../domain/machine-verdict.js';
import { NO_READINESS, type Progress, type Reclaim } from '../domain/progress.js';
import { noticeOf, type ReclaimNews } from '../domain/reclaim.js';
import { afterBegin } from '../domain/recovery.js';
import { keptByReplacement, newReplacement } from '../domain/replacement.js';
import type { InstanceChange } from './instance-change.js';

/** How long before a reclaim Novita announces it. */
const NOTICE_SECONDS = 3_600;

export const reclaimTold = (snapshot: Snapshot, machine: Machine, news: ReclaimNews, now: Date): InstanceChange => {
  const { instance } = snapshot;
  const { machineId, observation, changedAt } = machine;
  const before = noticeOf(instance, machineId);
  const { [machineId]: _before, ...others } = kept(instance);
  const withReclaim = (reclaim: Reclaim, event: EventDraft): InstanceChange => ({
    progress: { reclaims: { ...others, [machineId]: reclaim } },
    events: [event],
  });
  switch (news) {
    case 'noticed': {
      const noticedAt = before?.noticedAt ?? now;
      const named = observation.spot?.reclaimAt ?? null;
      const deadline = named === null ? addSeconds(noticedAt, NOTICE_SECONDS) : new Date(named);
      const isAssumed = named === null;
      const { failures = 0, notBefore = null } = before ?? {};
      return withReclaim(
        { noticedAt, deadline, isAssumed, takenAt: null, failures, notBefore },
        {
          type: 'machine.reclaim_noticed',
          data: { machineId, deadline: deadline.toISOString(), isAssumed, onReclaim: instance.spec.onReclaim },
        },
      );
    }
    case 'taken': {
      const { noticedAt = null, deadline = null, isAssumed = false } = before ?? {};
      // clocks differ: a machine is not taken before it was seen to be down
      const takenAt = latest([now, changedAt]);
      return withReclaim(
        { noticedAt, deadline, isAssumed, takenAt, failures: 0, notBefore: null },
        { type: 'machine.reclaimed', data: { machineId, noticedAt: noticedAt?.toISOString() ?? null } },
      );
    }
    case 'called-off':
      return {
        progress: { reclaims: others },
        events: [{ type: 'machine.reclaim_called_off', data: { machineId } }],
      };
  }
};

/** What is known of machines that the instance still has. */
const kept = (instance: Instance): Progress['reclaims'] => {
  const ids = [instance.machineId, ...keptByReplacement(instance)];
  return Object.fromEntries(Object.entries(instance.progress.reclaims).filter(([id]) => ids.includes(id)));
};

export const replacementBegun = (snapshot: Snapshot, reason: ReplacementReason, now: Date): InstanceChange => ({
  instance: { replacement: newReplacement(reason, snapshot, now) },
  // counted in the commit that begins it, so that it is counted once
  ...(reason === 'failure' && { progress: { recovery: afterBegin(snapshot.instance.progress.recovery, now, now) } }),
  events: [{ type: 'replacement.begun', data: { reason, machineId: snapshot.instance.machineId ?? '' } }],
});

export const replacementCancelled = ({ instance }: Snapshot): InstanceChange => {
  const machineId = instance.replacement?.successorId ?? null;
  return {
    instance: { replacement: null },
    condemned: machineId === null ? [] : [machineId],
    events: [
      {
        type: 'replacement.failed',
        data: {
          code: 'RECLAIM_CALLED_OFF',
          message: 'Novita keeps the machine with the instance after all, and its data is not lost.',
          machineId,
        },
      },
    ],
  };
};

/** The instance lets go of a machine that Novita has taken. What was sent for its successor is the instance's own from now on. */
export const machineTaken = (snapshot: Snapshot, machine: Machine, isGone: boolean, now: Date): InstanceChange => {
  const { instance } = snapshot;
  const { replacement, progress } = instance;
  const { machineId, attemptNumber } = machine;
  const placement =
    replacement?.phase === 'placing'
      ? replacement.placement
      : { ...progress.placement, round: progress.placement.round + 1, notBefore: null, waitingFor: null, detail: null };
  return {
    instance: { machineId: null, replacement: null },
    progress: {
      placement: { ...placement, since: now },
      action: null,
      readiness: NO_READINESS,
      broken: null,
    },
    ...(isGone && { gone: [machineId] }),
    condemned: [...(isGone ? [] : [machineId]), ...keptByReplacement(instance)],
    events: [
      isGone
        ? { type: 'machine.gone', data: { machineId } }
        : {
            type: 'machine.condemned',
            data: { machineId, attempt: attemptOf(snapshot, machine)?.number ?? attemptNumber },
          },
    ],
  };
};
