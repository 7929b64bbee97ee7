import { earliest } from '../../time/clock.js';
import type { Guard } from '../../machines/domain/fleet-guard.js';
import { deadlineOf, type Deadline } from '../domain/deadlines.js';
import { boundMachine, type Snapshot } from '../domain/instance.js';
import { mayHoldData, type Machine } from '../../machines/domain/machine.js';
import { isMachineGone } from '../domain/machine-verdict.js';
import { MAX_STARTS_IN_VAIN, type Policy } from '../domain/policy.js';
import { isGoneByReclaim, isTaken } from '../domain/reclaim.js';
import { stepAfterReclaim } from './plan-reclaim.js';
import { isBeingRemade } from '../domain/spec-update.js';
import { stepToUpdate } from './plan-update.js';
import { mayBeDone, restartSent, stepToRestart } from './restart.js';
import { needsNoProbe, probeTargets, readinessSeconds } from '../domain/readiness.js';
import { pullFailureOf } from '../domain/pull-failure.js';
import { stepToPlace } from './plan-place.js';
import { startsInVain, stepToStart } from './plan-start.js';
import { beforeDeadlineOf, fail, rest, type Step } from './step.js';

/** The next step of an instance that should run, when nothing more urgent is to be done. */
export const stepToRun = (snapshot: Snapshot, guard: Guard, now: Date, policy: Policy): Step => {
  const machine = boundMachine(snapshot);
  if (!machine) return stepToPlace(snapshot, guard, now, policy);
  if (isGoneByReclaim(snapshot, machine, now)) return stepAfterReclaim(snapshot, machine, true, now);
  if (isMachineGone(snapshot, machine, now))
    return fail('MACHINE_LOST', 'The machine is gone from Novita and not by us. Start again to buy another.', 'stop');
  const { observation } = machine;
  const by = (deadline: Deadline): Date => deadlineOf(deadline, snapshot, guard, now, policy);
  if (observation.state !== 'running' && snapshot.instance.progress.readiness.runningSince) return { do: 'end-run' };
  if (isTaken(machine)) return stepAfterReclaim(snapshot, machine, false, now);
  if (observation.failure && observation.state !== 'running' && !isOldNews(snapshot, machine))
    return failedMachine(snapshot, machine, observation.failure);

  switch (observation.state) {
    case 'running':
      return stepWhileRunning(snapshot, machine, guard, now, policy);
    case 'exited':
      return beforeDeadlineOf(
        machine,
        by('start'),
        now,
        () =>
          // a container that cannot run is made anew where an update has made it so
          (observation.failure && stepToUpdate(snapshot, machine, guard, now, policy)) ??
          (startsInVain(snapshot) < MAX_STARTS_IN_VAIN
            ? stepToStart(snapshot, machine, now)
            : fail(
                'MACHINE_FAILED',
                `The machine was started ${MAX_STARTS_IN_VAIN} times and went down each time before its workload answered. Its disk is kept: start again, or delete it.`,
                'stop',
              )),
        () =>
          fail(
            'START_TIMEOUT',
            `The machine could not be started within ${policy.startTimeoutSeconds} s${refusalOf(snapshot)}. Its disk is kept: start again, or delete it.`,
            'stop',
          ),
      );
    case 'queued':
    case 'creating':
    case 'pulling':
      return beforeDeadlineOf(
        machine,
        by('provision'),
        now,
        () => rest(null),
        () =>
          fail(
            'PROVISION_TIMEOUT',
            `The machine did not run within ${policy.provisionTimeoutSeconds} s (last seen: ${observation.statusWord}). ${
              mayHoldData(machine)
                ? 'It is stopped as soon as it can be, and its disk kept: start again, or delete it.'
                : 'It is deleted; a smaller image or another region may help.'
            }`,
            mayHoldData(machine) ? 'stop' : 'release',
          ),
      );
    case 'starting':
    case 'stopping':
    case 'migrating':
    case 'removing':
      return beforeDeadlineOf(
        machine,
        by('start'),
        now,
        () => rest(null),
        () =>
          fail(
            'START_TIMEOUT',
            `The machine stayed in "${observation.statusWord}" for ${policy.startTimeoutSeconds} s. Start again, or delete it.`,
            'stop',
          ),
      );
    // a word that we do not know is no reason to touch a machine, but a caller may not wait for ever for one that never worked
    case 'unknown':
      return snapshot.instance.progress.readiness.readyAt
        ? rest(null)
        : beforeDeadlineOf(
            machine,
            by('provision'),
            now,
            () => rest(null),
            () =>
              fail(
                'PROVISION_TIMEOUT',
                `Novita calls the machine "${observation.statusWord}", which Novitai does not understand, since ${policy.provisionTimeoutSeconds} s. It is left as it is and may be billed: look at it in Novita's console, or delete it.`,
                'stop',
              ),
          );
    case 'freezing':
    case 'removed':
      return rest(null);
  }
};

/** The update of a machine comes when nothing else is to be done, but no workload is asked while its container is made anew. */
const stepWhileRunning = (snapshot: Snapshot, machine: Machine, guard: Guard, now: Date, policy: Policy): Step => {
  const update = stepToUpdate(snapshot, machine, guard, now, policy);
  if (update && (update.do === 'settle-update' || isBeingRemade(snapshot.instance))) return update;
  const step = stepOfRun(snapshot, machine, guard, now, policy);
  if (!update || step.do !== 'rest') return step;
  if (update.do !== 'rest') return update;
  const times = [step.until, update.until].filter((time) => time !== null);
  return rest(times.length > 0 ? earliest(times) : null);
};

const stepOfRun = (snapshot: Snapshot, machine: Machine, guard: Guard, now: Date, policy: Policy): Step => {
  const { instance } = snapshot;
  const { readiness, restartsDone } = instance.progress;
  if (instance.restartGeneration > restartsDone) {
    const step = stepToRestart(snapshot, machine, now);
    if (step.do === 'begin-run') return step;
    const sent = restartSent(snapshot);
    return beforeDeadlineOf(
      machine,
      deadlineOf('start', snapshot, guard, now, policy),
      now,
      () => step,
      () => {
        // it runs, and may have been restarted: that is no reason to stop it
        if (sent && mayBeDone(sent)) return { do: 'begin-run', restart: 'unseen' };
        return fail(
          'START_TIMEOUT',
          `The machine could not be restarted within ${policy.startTimeoutSeconds} s${refusalOf(snapshot)}. It is stopped and its disk kept: start again, or delete it.`,
          'stop',
        );
      },
    );
  }
  if (!readiness.runningSince) return { do: 'begin-run' };
  const { spec } = instance;
  const known = needsNoProbe(spec.readiness, machine.observation.endpoints)
    ? readiness.verdict !== 'ready'
    : probeTargets(spec.readiness, machine.observation.endpoints).kind === 'targets';
  const probeAt = known ? readiness.nextProbeAt : null;
  if (readiness.readyAt) return probeAt && probeAt <= now ? { do: 'probe', machine } : rest(probeAt);
  // also after a pause of our own the workload is asked before it is judged
  if (probeAt && probeAt <= now) return { do: 'probe', machine };
  return beforeDeadlineOf(
    machine,
    deadlineOf('readiness', snapshot, guard, now, policy),
    now,
    () => rest(probeAt),
    () =>
      fail(
        'READINESS_TIMEOUT',
        `The machine runs, but its workload did not answer within ${readinessSeconds(spec.readiness, policy)} s (${readiness.lastFailure ?? 'its endpoints have no address'}). It is stopped and its disk kept: start again, or delete it.`,
        'stop',
      ),
  );
};

const failedMachine = (
  { instance: { spec } }: Snapshot,
  machine: Machine,
  { code, message }: { code: string; message: string },
): Step => {
  const kept = mayHoldData(machine) ? 'stop' : 'release';
  if (pullFailureOf(machine.observation) !== 'final')
    return fail('MACHINE_FAILED', `Novita reports ${code}: ${message}`, kept);
  const image = spec.image === null ? 'of the template' : `"${spec.image}"`;
  return fail(
    'IMAGE_PULL_FAILED',
    `The image ${image} cannot be pulled (Novita reports ${code}: ${message}). ${
      kept === 'release'
        ? 'The machine is deleted, and no other one is bought'
        : 'The machine is stopped, with its disk'
    }: correct the image or registryAuthId in a new instance, or start again when the registry has it.`,
    kept,
  );
};

/** A failure from before the caller said "start": what it is worth shows when the start has been tried. */
const isOldNews = ({ instance }: Snapshot, { observation, changedAt }: Machine): boolean =>
  observation.state === 'exited' && changedAt < instance.progress.wantedAt;

const refusalOf = ({ instance }: Snapshot): string => {
  const refusal = instance.progress.action?.refusal;
  return refusal ? ` (Novita: ${refusal})` : '';
};
