import { backOffAfter, type BackOff } from '../../time/back-off.js';
import { addSeconds, latest, secondsBetween } from '../../time/clock.js';
import type { FailureCode } from '../../vocabulary/failure-code.js';
import type { Instance } from './instance.js';
import { MOST_REPLACEMENTS_IN_VAIN, STEADY_SECONDS, type Policy } from './policy.js';
import type { Broken, Progress, Recovery } from './progress.js';

/**
 * A machine that has failed is replaced when the request says so: `onFailure` for a machine that is lost, has crashed or was not ready in
 * time, `onStartFailure` for a machine that Novita does not start. What is stored here bounds that: so many replacements within an hour,
 * each one later than the last, and so many in a row that come to nothing. A restart of the service does not forget it, and since it
 * is written together with what it bounds, a second replica does not double it.
 */

const HOUR_SECONDS = 3_600;
/** In seconds. Each new machine is paid for until it has failed too. */
const RETRIES: BackOff = { first: 60, most: 900 };

const NO_RECOVERY: Recovery = { begun: [], inVain: 0, failedAt: null };

/** Of the machine itself: `onFailure` decides. An image that cannot be pulled is not among them: another machine could not pull it either. */
const OF_MACHINE: ReadonlySet<FailureCode> = new Set([
  'MACHINE_LOST',
  'MACHINE_FAILED',
  'READINESS_TIMEOUT',
  'PROVISION_TIMEOUT',
]);
/** Of its start: `onStartFailure` decides. */
const OF_START: ReadonlySet<FailureCode> = new Set(['START_TIMEOUT', 'START_REFUSED']);

/** Whether the request wants a machine replaced that has failed so. @param isRunning a machine that runs was to be restarted, not started */
export const isToBeReplaced = ({ spec }: Pick<Instance, 'spec'>, code: FailureCode, isRunning: boolean): boolean =>
  OF_MACHINE.has(code)
    ? spec.onFailure === 'replace'
    : OF_START.has(code) && !isRunning && spec.onStartFailure === 'replace';

/** The current machine, if it is judged broken. */
export const brokenOf = ({
  machineId,
  progress: { broken },
}: Pick<Instance, 'machineId' | 'progress'>): Broken | null =>
  broken !== null && broken.machineId === machineId ? broken : null;

/** The broken machine whose replacement is not there yet: the current one, or one that the instance has let go of. */
export const shownBroken = (instance: Pick<Instance, 'machineId' | 'progress'>): Broken | null =>
  instance.machineId === null ? instance.progress.broken : brokenOf(instance);

/** A machine has failed. One that worked for a while has ended the row of failures before it. */
export const afterFailure = ({ recovery, readiness: { readyAt } }: Progress, now: Date): Recovery => {
  const before = recovery ?? NO_RECOVERY;
  const hasWorked =
    readyAt !== null &&
    secondsBetween(readyAt, now) >= STEADY_SECONDS &&
    before.begun.every((begunAt) => begunAt < readyAt);
  return { ...before, failedAt: now, inVain: hasWorked ? 0 : before.inVain };
};

/** Its replacement begins now, or may begin then. */
export const afterBegin = (recovery: Recovery | null, begunAt: Date, now: Date): Recovery => {
  const { begun, inVain, failedAt } = recovery ?? NO_RECOVERY;
  return { begun: [...lately(begun, now), begunAt], inVain: inVain + 1, failedAt };
};

/** Whether so many machines in a row have failed that another one would too. */
export const isInVain = (recovery: Recovery | null): boolean => (recovery?.inVain ?? 0) >= MOST_REPLACEMENTS_IN_VAIN;

/** What holds up the next replacement. Null: nothing does. */
export const delayOf = (
  recovery: Recovery | null,
  { maxReplacementsPerHour }: Pick<Policy, 'maxReplacementsPerHour'>,
  now: Date,
): Broken['delay'] => {
  const { begun, inVain, failedAt } = recovery ?? NO_RECOVERY;
  const oldest = lately(begun, now).at(-maxReplacementsPerHour);
  const capped = oldest && lately(begun, now).length >= maxReplacementsPerHour ? addSeconds(oldest, HOUR_SECONDS) : now;
  const backedOff = failedAt && inVain > 0 ? addSeconds(failedAt, backOffAfter(inVain, RETRIES)) : now;
  const until = latest([capped, backedOff]);
  if (until <= now) return null;
  return { why: capped >= backedOff ? 'hourly-cap' : 'back-off', until };
};

const lately = (times: readonly Date[], now: Date): Date[] => {
  const hourAgo = addSeconds(now, -HOUR_SECONDS);
  return times.filter((time) => time > hourAgo);
};

/** What a caller has to know of a machine that has failed, in sentences. Null: nothing. */
export const brokenMessage = (instance: Instance): string | null => {
  const broken = shownBroken(instance);
  if (!broken || instance.desired !== 'running' || instance.progress.failure) return null;
  return `Machine ${broken.machineId} has failed: ${broken.message} ${nextOf(instance, broken)}`;
};

const nextOf = ({ replacement, machineId, progress }: Instance, { delay }: Broken): string => {
  switch (replacement?.phase) {
    case 'placing':
      return `Another machine is being bought.${replacement.placement.detail === null ? '' : ` ${replacement.placement.detail}`}`;
    case 'warming':
      return 'Another machine is there, and takes over when its workload answers.';
    case 'draining':
      return 'Another machine is bought when the machine before it is deleted.';
    case undefined:
      if (machineId === null) return sayDelay(progress.placement.waitingFor === 'replacement' ? delay : null);
      return `${sayDelay(delay)} Its disk is kept until that is ready.`;
  }
};

export const sayDelay = (delay: Broken['delay']): string => {
  switch (delay?.why) {
    case 'hourly-cap':
      return `As many machines as allowed were replaced within an hour (MAX_REPLACEMENTS_PER_HOUR): another one is bought at ${delay.until.toISOString()}.`;
    case 'back-off':
      return `The machine before it has failed as well: another one is bought at ${delay.until.toISOString()}.`;
    case undefined:
      return 'Another machine is bought.';
  }
};
