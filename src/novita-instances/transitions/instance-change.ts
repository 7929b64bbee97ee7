import type { EventDraft } from '../../events/event-catalogue.js';
import type { Machine } from '../../machines/domain/machine.js';
import type { Attempt, Instance } from '../domain/instance.js';
import type { Progress } from '../domain/progress.js';

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
  buried?: string[];
  /** Machines that are to be deleted although, or because, the instance does not hold them. */
  condemned?: string[];
  events?: EventDraft[];
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

/** The instance with the change applied. */
export const changed = (
  before: Instance,
  { instance, progress }: Pick<InstanceChange, 'instance' | 'progress'>,
): Instance => ({
  ...before,
  ...instance,
  progress: { ...before.progress, ...progress },
});
