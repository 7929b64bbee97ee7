/** What becomes of an instance whose spot machine Novita takes back. */
export const ON_RECLAIM = ['replace', 'wait', 'none'] as const;
export type OnReclaim = (typeof ON_RECLAIM)[number];
