/** DI token for the {@link Policy}. */
export const POLICY = Symbol('POLICY');

/** What operators decide: mostly how long things may take before we act, in seconds. */
export interface Policy {
  /** How long a machine that was replaced goes on, for what it still has to answer. */
  drainSeconds: number;
  /** How many machines of one instance may be replaced within an hour since they failed. */
  maxReplacementsPerHour: number;
  /** False: an operator wants nothing bought. What is bought already goes on as ever. */
  createsEnabled: boolean;
  /** How long one create request may be under way before its sender is taken for dead. */
  requestTimeoutSeconds: number;
  /** How long an unanswered create may still come true. Shorter risks a twin, longer delays the retry. */
  createSettleSeconds: number;
  capacityTimeoutSeconds: number;
  /** How long an offer that had no stock is not asked for again, by any instance. */
  outOfStockSeconds: number;
  /** From an accepted create to the first `running`: the image pull is billed, so it may not last for ever. */
  provisionTimeoutSeconds: number;
  startTimeoutSeconds: number;
  stopTimeoutSeconds: number;
  /** From `running` to the first good answer of the workload. */
  readinessTimeoutSeconds: number;
  /** Until then machines that are one too many are only reported: a new deployment is watched before it is trusted. */
  reportOnlyUntil: Date | null;
}

/** What the guard holds is looked over again after this. */
export const HELD_RECHECK_SECONDS = 15;

/** Complete sweeps without the tag that an unanswered create must outlast before it is given up. */
export const CLEAN_PASSES_NEEDED = 3;
/** Creates in a row whose outcome stayed unknown, after which a person should look. */
export const MAX_UNCERTAIN_ATTEMPTS = 3;
/** An acknowledged action that shows no effect by then is sent again. Shorter would repeat actions that Novita is still queueing. */
export const ACTION_EFFECT_SECONDS = 15;
/** A restart that no look shows is asked for so often. */
export const RESTARTS_UNSEEN = 2;
/** A machine that goes down so often without its workload having answered is left down: every start is billed. */
export const MAX_STARTS_IN_VAIN = 5;
/** An edit of ports or disk is in effect within a minute, as Novita says; after this it is sent again. A disk may grow twice by that. */
export const EDIT_EFFECT_SECONDS = 90;
/** So many edits or upgrades that may have been carried out, and that no look shows, fail an update. */
export const MAX_CHANGES_UNSEEN = 3;
/** A delete that was acknowledged but shows no effect by then is sent again. */
export const RELEASE_EFFECT_SECONDS = 20;
/** Room between the deadline of a request and the moment we call its sender dead. */
export const SENDER_MARGIN_SECONDS = 5;

/** A machine that was taken comes up empty, so another machine is as good: a start of it is waited for no longer. */
export const RECOVER_START_SECONDS = 120;
/** So many replacements of one machine may fail. After that it runs to its end. */
export const MOST_FAILED_REPLACEMENTS = 5;
/** So many replacements in a row may come to nothing, after machines that failed. After that the instance fails. */
export const MOST_REPLACEMENTS_IN_VAIN = 5;
/** A workload that was ready for so long has worked: what fails after that is a new trouble. */
export const STEADY_SECONDS = 600;
/** When a reclaim is so near, the replacement of the machine waits for no other machine to drain. */
export const RECLAIM_LEAD_SECONDS = 1_800;

/** A machine that was seen within this is there, whatever a person says. Shorter would leave gaps between walks of a large fleet. */
export const SEEN_LATELY_SECONDS = 600;
