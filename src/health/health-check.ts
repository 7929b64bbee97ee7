import type { HealthIndicatorResult } from '@nestjs/terminus';

/**
 * One part of the health of the service. To add one: write a class in this room that asks a room on a lower floor, and list it in
 * health.module. A check answers within its own time limit and never throws.
 */
export interface HealthCheck {
  readonly name: string;
  /** `service`: the service cannot work without this part. `dependency`: it can, and only what needs the part waits. */
  readonly kind: 'service' | 'dependency';
  check(): Promise<HealthIndicatorResult>;
}

/** Probes time out after about a second, so a later answer is useless. */
export const CHECK_MS = 2_000;

/** DI token for the list of checks. */
export const HEALTH_CHECKS = Symbol('HEALTH_CHECKS');
