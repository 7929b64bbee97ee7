/** Who runs a background task: one replica for the whole deployment, or each replica for itself. */
export const TASK_SCOPES = ['deployment', 'replica'] as const;
export type TaskScope = (typeof TASK_SCOPES)[number];
