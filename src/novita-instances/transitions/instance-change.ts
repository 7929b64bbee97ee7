import type { EventDraft } from '../../events/event-catalogue.js';
import type { PriceUnits } from '../../money/price.js';
import type { Lesson, OfferKey } from '../../catalogue/domain/offer-memory.js';
import type { Machine } from '../../machines/domain/machine.js';
import type { Attempt, Snapshot, Instance } from '../domain/instance.js';
import { afterFailedReplacement } from '../domain/reclaim.js';
import { keptByReplacement, settled, writtenBySuccessor } from '../domain/replacement.js';
import type { Failure, Progress } from '../domain/progress.js';
import { withdrawn } from '../domain/spec-update.js';
import { updateFailedEvent } from './update-failed-event.js';

/**
 * What an outcome changes of an instance: a value, made by a pure function of the snapshot, the outcome and the time. It is written in
 * one transaction or not at all.
 */
export interface InstanceChange {
  instance?: Partial<Omit<Instance, 'id' | 'version' | 'progress'>>;
  progress?: Partial<Progress>;
  /** Inserted, or overwritten by number (never what the sweep counts: `cleanPasses`, `lastCleanPassAt`). */
  attempts?: Attempt[];
  /** Inserted unless known. */
  machines?: Machine[];
  /** Machines that are proved gone. */
  gone?: string[];
  /** Machines that are to be deleted although, or because, the instance does not hold them. */
  condemned?: string[];
  events?: EventDraft[];
  /** What the instance may cost per hour after it: written only within the limits. Left out: nothing is bought by it. */
  pricePerHour?: PriceUnits;
  /** The offer that a create of it asks for: written only while the offer is not remembered to be out of stock. */
  asksFor?: OfferKey;
  /** What it teaches of an offer. */
  learned?: Lesson | undefined;
  /** Wake the reconciler when this is committed. */
  nudge?: boolean;
  /** When to wake the reconciler next. A nudge is sooner. */
  rest?: Rest;
}

/** When the reconciler wants to be woken for an instance (null: never), and how closely its machines are watched meanwhile. */
export interface Rest {
  wakeAt: Date | null;
  watchClosely: boolean;
}

/** The instance with the change applied, without regard to its replacement. */
const changed = (
  before: Instance,
  { instance, progress }: Pick<InstanceChange, 'instance' | 'progress'>,
): Instance => ({
  ...before,
  ...instance,
  progress: { ...before.progress, ...progress },
});

/** What is written: the whole instance, whichever of its machines the change is of. */
export interface Written extends Omit<InstanceChange, 'instance' | 'progress'> {
  before: Instance;
  after: Instance;
}

/** @param snapshot that the change was made from: of the instance, or as its successor sees it */
export const written = (snapshot: Snapshot, change: InstanceChange): Written => {
  const { instance: _instance, progress: _progress, ...rest } = change;
  const after = changed(snapshot.instance, change);
  const before = (snapshot.base ?? snapshot).instance;
  if (!snapshot.base) return settledChange(snapshot, after, rest);
  const { failure } = after.progress;
  const made = writtenBySuccessor(before, after);
  if (!failure) return { ...rest, before, after: made };
  // the successor has failed, and not the instance
  const { code, message } = failure;
  const update = before.replacement?.reason === 'update' ? before.update : null;
  const progress = afterFailedSuccessor(made, failure);
  const whole = {
    ...made,
    progress: update ? { ...progress, unpullable: null } : progress,
    ...(update && withdrawn({ ...(snapshot.base ?? snapshot), instance: made }, { code, message }, failure.at)),
  };
  return {
    ...rest,
    before,
    after: { ...whole, replacement: null },
    condemned: [...(rest.condemned ?? []), ...keptByReplacement(before)],
    events: [
      ...(rest.events ?? []).filter(({ type }) => type !== 'instance.failed'),
      { type: 'replacement.failed', data: { code, message, machineId: after.machineId } },
      ...(update?.state === 'pending' ? [updateFailedEvent(update, { code, message })] : []),
    ],
  };
};

/** The next successor comes later. One that could not pull the image is the last: each other one would meet the same. */
const afterFailedSuccessor = (made: Instance, { code, message, at }: Failure): Progress => {
  const progress = afterFailedReplacement(made, at);
  const { recovery, broken } = progress;
  return {
    ...progress,
    ...(code === 'IMAGE_PULL_FAILED' && { unpullable: message }),
    ...(made.replacement?.reason === 'failure' && {
      recovery: recovery && { ...recovery, failedAt: at },
      broken: broken && { ...broken, delay: null },
    }),
  };
};

/** A machine that fails while an update changes it fails by the update: what was asked for is withdrawn. */
const settledChange = (
  snapshot: Snapshot,
  made: Instance,
  rest: Omit<InstanceChange, 'instance' | 'progress'>,
): Written => {
  const { instance: before } = snapshot;
  const { failure } = made.progress;
  const { update } = made;
  const isByUpdate = failure && !before.progress.failure && update?.state === 'pending' && update.sent;
  const after = isByUpdate
    ? {
        ...made,
        progress: { ...made.progress, unpullable: null },
        ...withdrawn({ ...snapshot, instance: made }, failureOf(failure), failure.at),
      }
    : made;
  const { instance, condemned } = settled(after, rest.condemned);
  return {
    ...rest,
    before,
    after: instance,
    ...(condemned.length > 0 && { condemned }),
    ...(isByUpdate && { events: [...(rest.events ?? []), updateFailedEvent(update, failureOf(failure))] }),
  };
};

const failureOf = ({ code, message }: Failure): Pick<Failure, 'code' | 'message'> => ({ code, message });
