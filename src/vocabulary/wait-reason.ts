/** Why nothing is bought or sent now, although something should be. */
export const WAIT_REASONS = [
  'capacity',
  'balance',
  'rate-limit',
  'novita',
  'catalogue',
  'paused',
  'frozen',
  'unverified',
  'unreadable',
] as const;
export type WaitReason = (typeof WAIT_REASONS)[number];
