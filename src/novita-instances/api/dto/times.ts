/** A time in an answer: RFC 3339, UTC. */
export const TIME = { format: 'date-time', example: '2026-01-01T12:00:00.000Z' } as const;
export const MAYBE_TIME = { ...TIME, type: String, nullable: true } as const;
