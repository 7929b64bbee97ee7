/** Pages of operators that can be served without an API key. */
export const OPEN_ROUTES = ['docs', 'health', 'metrics'] as const;
export type OpenRoute = (typeof OPEN_ROUTES)[number];
