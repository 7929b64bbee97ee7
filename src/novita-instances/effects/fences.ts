/**
 * A process may stand still anywhere (a paused container, a sleeping laptop) and go on minutes later with what it knew: what
 * was decided is not written down when it is old, and what was written down is not sent when it is old.
 */

/** Whoever slept between writing an intent down and sending it may have been given up for dead meanwhile. */
const SENT_WITHIN_MS = 5_000;
/** A freeze, or another command, may have come since a step was decided on. Longer than a slow catalogue takes. */
const DECIDED_WITHIN_MS = 60_000;

export const SLEPT = 'the process slept before it could be sent';

/** @param committedMs when the intent was written down, by a clock that never goes back */
export const isTooLateToSend = (nowMs: number, committedMs: number): boolean => nowMs - committedMs > SENT_WITHIN_MS;

/** @param decidedMs when the snapshot was read that the step follows from, by a clock that never goes back */
export const isDecisionOld = (nowMs: number, decidedMs: number): boolean => nowMs - decidedMs > DECIDED_WITHIN_MS;
