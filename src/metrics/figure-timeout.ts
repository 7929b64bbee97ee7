/**
 * How long metrics wait for figures from the database before they omit them. Prometheus must always get an answer: the alerts for a silent
 * database need the other figures.
 */
export const FIGURE_TIMEOUT_MS = 1_500;
