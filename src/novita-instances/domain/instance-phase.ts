import { boundMachine, openAttempts, type Snapshot } from './instance.js';
import { isBeingRemade } from './spec-update.js';
import type { Machine } from '../../machines/domain/machine.js';
import { brokenOf } from './recovery.js';

/**
 * The status that callers see. Computed from the snapshot, here and nowhere else; never stored as truth.
 * A status that is not final says what is being waited for.
 */
export const INSTANCE_STATUSES = [
  'pending',
  'waiting_capacity',
  'uncertain',
  'provisioning',
  'pulling',
  'starting',
  'running',
  'ready',
  'unready',
  'recovering',
  'stopping',
  'stopped',
  'failed',
  'deleting',
  'deleted',
] as const;

export type InstanceStatus = (typeof INSTANCE_STATUSES)[number];

/** In these an instance stays until somebody or something outside acts; in all others Novitai is at work. */
export const RESTING_STATUSES: ReadonlySet<InstanceStatus> = new Set([
  'ready',
  'unready',
  'stopped',
  'failed',
  'deleted',
]);

export const instancePhase = (snapshot: Snapshot): InstanceStatus => {
  const { instance } = snapshot;
  if (instance.deletedAt) return 'deleted';
  if (instance.desired === 'deleted') return 'deleting';
  if (instance.progress.failure) return 'failed';
  const machine = boundMachine(snapshot);
  if (!machine) return phaseWithoutMachine(snapshot);
  return instance.desired === 'stopped' ? phaseWhenStopped(machine) : phaseWhenRunning(snapshot, machine);
};

const phaseWithoutMachine = (snapshot: Snapshot): InstanceStatus => {
  const open = openAttempts(snapshot);
  // even a stopped instance may be billing while a create is unaccounted for
  if (open.some((attempt) => attempt.state === 'AMBIGUOUS')) return 'uncertain';
  if (snapshot.instance.desired === 'stopped') return open.length > 0 ? 'stopping' : 'stopped';
  switch (snapshot.instance.progress.placement.waitingFor) {
    case 'capacity':
      return 'waiting_capacity';
    case 'replacement':
      return 'recovering';
    default:
      return 'pending';
  }
};

const phaseWhenStopped = ({ observation }: Machine): InstanceStatus =>
  observation.state === 'exited' || observation.state === 'removed' ? 'stopped' : 'stopping';

const phaseWhenRunning = ({ instance }: Snapshot, { observation }: Machine): InstanceStatus => {
  const { readiness } = instance.progress;
  const ranBefore = readiness.readyAt !== null;
  if (brokenOf(instance)) return 'recovering';
  switch (observation.state) {
    case 'queued':
    case 'creating':
      return 'provisioning';
    case 'pulling':
      return 'pulling';
    case 'starting':
      return 'starting';
    case 'running':
      if (instance.restartGeneration > instance.progress.restartsDone || isBeingRemade(instance)) return 'starting';
      if (readiness.verdict === 'unknown') return 'running';
      return readiness.verdict;
    // down although it should run: by a new command it starts, otherwise it is being brought back
    case 'exited':
    case 'stopping':
      return ranBefore ? 'recovering' : 'starting';
    case 'migrating':
    case 'freezing':
    case 'removing':
    case 'removed':
      return 'recovering';
    // a word we do not know is neither good nor bad news
    case 'unknown':
      return ranBefore ? 'unready' : 'provisioning';
  }
};

/**
 * Whether this instance's machines deserve a look every two seconds: something is under way at Novita that only a look can show.
 * A quiet machine is seen often enough by the sweep.
 */
export const needsCloseWatch = (snapshot: Snapshot): boolean => {
  const bound = boundMachine(snapshot);
  const hasSurplus = snapshot.machines.some((machine) => machine.goneAt === null && machine !== bound);
  if (hasSurplus || openAttempts(snapshot).length > 0) return true;
  if (!bound || bound.goneAt) return false;
  if (bound.missingProofs > 0 || bound.releaseAcknowledgedAt) return true;
  const { state, spot } = bound.observation;
  // any look may show that Novita has taken it
  if (spot?.state === 'reclaiming' && state === 'running') return true;
  // in these a machine may stay for days, and nothing that we do moves it
  if (state === 'freezing' || state === 'unknown') return false;
  // it waits for its replacement, which nothing at Novita brings on
  if (state === 'exited' && brokenOf(snapshot.instance)) return false;
  const status = instancePhase(snapshot);
  // what a failed instance's machine does by itself can wait; a stop of ours is followed
  if (status === 'failed') return state === 'running' || state === 'stopping';
  if (status === 'running') return bound.observation.endpoints.some(({ address }) => address === null);
  return !RESTING_STATUSES.has(status);
};

export type Action = 'start' | 'stop' | 'restart' | 'replace' | 'update' | 'delete';

/** What a caller may ask of an instance in this status. Start, stop and delete set a level, so repeating them is harmless. */
export const allowedActions = (status: InstanceStatus): Action[] => {
  switch (status) {
    case 'deleted':
      return [];
    case 'deleting':
      return ['delete'];
    case 'running':
    case 'ready':
    case 'unready':
      return ['start', 'stop', 'restart', 'replace', 'update', 'delete'];
    default:
      return ['start', 'stop', 'update', 'delete'];
  }
};
