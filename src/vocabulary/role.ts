/** What a replica does: answers requests (`api`), does jobs (`worker`), or both (`all`). */
export const ROLES = ['all', 'api', 'worker'] as const;
export type Role = (typeof ROLES)[number];
