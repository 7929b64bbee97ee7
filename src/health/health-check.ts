import type { HealthIndicatorResult } from '@nestjs/terminus';

/**
 * One thing that the health of the service is made of. To add one: write a class beside this file that asks a room on a
 * lower floor, and list it in health.module. A check answers within its own time limit and never throws.
 */
export interface HealthCheck {
  readonly name: string;
  /** `service`: without it we cannot serve. `dependency`: we serve, and what needs it waits. */
  readonly kind: 'service' | 'dependency';
  look(): Promise<HealthIndicatorResult>;
}

/** Probes give up after a second or so; an answer that comes later is worth nothing. */
export const LOOK_MS = 2_000;

/** DI token for the list of checks. */
export const HEALTH_CHECKS = Symbol('HEALTH_CHECKS');
