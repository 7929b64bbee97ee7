import type { FailureCode } from '../../../src/vocabulary/failure-code.js';
import type { Policy } from '../../../src/novita-instances/domain/policy.js';
import { databaseWentBack } from './excuses.js';
import type { Law } from './law.js';

/** An outage is noticed by the next request, and counts from then on. */
const NOTICED_MS = 60_000;

const TIMEOUT_OF: Partial<Record<FailureCode, keyof Policy>> = {
  NO_CAPACITY: 'capacityTimeoutSeconds',
  PROVISION_TIMEOUT: 'provisionTimeoutSeconds',
  START_TIMEOUT: 'startTimeoutSeconds',
  STOP_TIMEOUT: 'stopTimeoutSeconds',
  READINESS_TIMEOUT: 'readinessTimeoutSeconds',
};

export const heldDeadline: Law = {
  name: 'held-deadline',
  sentence: 'No instance fails by a deadline that counts time in which Novita could not be asked.',
  excuses: [databaseWentBack],
  checks: {
    *committed({ before, after: { id, progress, spec } }, scene) {
      const { failure } = progress;
      if (!failure || before.progress.failure || databaseWentBack.applies(scene)) return;
      const timeout = TIMEOUT_OF[failure.code];
      if (!timeout) return;
      const { world } = scene;
      const countedMs = world.spells.msWithout(['outage', 'key-revoked'], progress.wantedAt.getTime());
      // an instance that does not wait for capacity has no such deadline
      const seconds =
        failure.code === 'NO_CAPACITY' && spec.capacityWait
          ? spec.capacityWait.forMinutes * 60
          : Number(world.policy[timeout]);
      const leastMs = seconds * 1000 - NOTICED_MS - 2 * world.skewMs;
      if (countedMs < leastMs) yield `${id} fails by ${failure.code} after ${Math.round(countedMs / 1000)} s`;
    },
  },
};
