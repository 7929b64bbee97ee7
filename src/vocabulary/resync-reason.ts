/** Why a stream cannot go on from a position. `unknown`: no event has it. `expired`: events after it may have been deleted. */
export const RESYNC_REASONS = ['unknown', 'expired'] as const;
export type ResyncReason = (typeof RESYNC_REASONS)[number];
