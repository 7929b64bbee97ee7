/** What a replica does: serve requests (`api`), run jobs (`worker`), or both (`all`). */
export const ROLES = ['all', 'api', 'worker'] as const;
export type Role = (typeof ROLES)[number];
