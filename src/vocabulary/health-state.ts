/** The state of a part that the service needs. */
export const PART_STATES = ['up', 'degraded', 'down'] as const;
export type PartState = (typeof PART_STATES)[number];

/** The state of the whole service. */
export const HEALTH_STATES = ['healthy', 'unhealthy'] as const;
export type HealthState = (typeof HEALTH_STATES)[number];

/** Whether the service is ready for requests. */
export const READINESS_STATES = ['ready', 'not_ready'] as const;
export type ReadinessState = (typeof READINESS_STATES)[number];

/** Whether the service has been ready once. */
export const STARTUP_STATES = ['started', 'starting'] as const;
export type StartupState = (typeof STARTUP_STATES)[number];
