/**
 * How long an answer of figures waits for those that only the database knows, and leaves them out then. Prometheus must be answered
 * whatever is wrong: the alarms of a database that is silent rest on the other figures.
 */
export const FIGURE_MS = 1_500;
