/** Projects divide a deployment: each has its own instances, names, keys and limits. */

export const PROJECT_ID = /^prj_[0-9A-HJKMNP-TV-Z]{26}$/;

/** The project of everything that names no other. It always exists. */
export const DEFAULT_PROJECT_ID = 'prj_00000000000000000000000000';

/** What a sender sees: the project with this id, or all projects. Operators, and requests to a service without keys, see all. */
export type Within = string | null;

export const isWithin = (projectId: string | null, within: Within): boolean => within === null || projectId === within;
