import { allowedActions, instancePhase, type Action } from './instance-phase.js';
import { boundMachine, type Snapshot, type Instance } from './instance.js';
import { newReplacement, settled } from './replacement.js';
import { newPlacement, NO_READINESS, type Progress } from './progress.js';
import type { InstanceSpec } from './instance-spec.js';
import { DEFAULT_PROJECT_ID } from '../../vocabulary/project.js';

/** What a command changes: a create makes a new instance, the others change one. Nothing here touches Novita. */

export const newInstance = (
  id: string,
  name: string,
  spec: InstanceSpec,
  now: Date,
  projectId = DEFAULT_PROJECT_ID,
): Instance => ({
  id,
  projectId,
  name,
  spec,
  desired: 'running',
  generation: 1,
  restartGeneration: 0,
  version: 1,
  lastEventSeq: 0,
  progress: freshProgress(now),
  toldStatus: 'pending',
  machineId: null,
  replacement: null,
  update: null,
  createdAt: now,
  updatedAt: now,
  deletedAt: null,
});

export const freshProgress = (now: Date): Progress => ({
  wantedAt: now,
  placement: newPlacement(1, now),
  heldUp: [],
  action: null,
  releases: {},
  reclaims: {},
  restartsDone: 0,
  readiness: NO_READINESS,
  failure: null,
  broken: null,
  recovery: null,
  unpullable: null,
  overdueTold: [],
  expectedPricePerHour: null,
});

export type CommandResult =
  | { kind: 'refused'; allowed: Action[] }
  /** It is so already: repeating a verb that sets a level changes nothing. */
  | { kind: 'unchanged' }
  /** `condemned`: machines that the instance lets go of. Their delete goes on. */
  | { kind: 'changed'; instance: Instance; condemned: string[] };

/** A command that says nothing but its name. */
export type Verb = Exclude<Action, 'update'>;

/** What asking for `action` makes of an instance. */
export const applyCommand = (snapshot: Snapshot, action: Verb, now: Date): CommandResult => {
  const { instance } = snapshot;
  const allowed = allowedActions(instancePhase(snapshot));
  // deleting what is deleted is no mistake
  if (action === 'delete' && instance.deletedAt) return { kind: 'unchanged' };
  if (!allowed.includes(action)) return { kind: 'refused', allowed };
  const { failure, recovery } = instance.progress;
  switch (action) {
    case 'delete':
      if (instance.desired === 'deleted') return { kind: 'unchanged' };
      return changed(snapshot, { desired: 'deleted' }, { failure: null, action: null }, now);
    case 'stop':
      if (instance.desired === 'stopped' && !failure) return { kind: 'unchanged' };
      return changed(
        snapshot,
        { desired: 'stopped', machineId: keptMachine(snapshot) },
        { failure: null, broken: null, action: null, reclaims: {} },
        now,
      );
    case 'start':
      if (instance.desired === 'running' && !failure) return { kind: 'unchanged' };
      return changed(
        snapshot,
        { desired: 'running', machineId: keptMachine(snapshot) },
        {
          failure: null,
          broken: null,
          // a caller begins anew; what was replaced within the hour counts all the same
          recovery: recovery && { ...recovery, inVain: 0, failedAt: null },
          unpullable: null,
          action: null,
          readiness: NO_READINESS,
          placement: newPlacement(instance.progress.placement.round + 1, now),
        },
        now,
      );
    case 'replace':
      if (instance.replacement) return { kind: 'unchanged' };
      return {
        kind: 'changed',
        condemned: [],
        instance: {
          ...instance,
          generation: instance.generation + 1,
          progress: { ...instance.progress, unpullable: null },
          replacement: newReplacement('requested', snapshot, now),
        },
      };
    case 'restart':
      return changed(
        snapshot,
        { restartGeneration: instance.restartGeneration + 1 },
        { readiness: NO_READINESS, action: null },
        now,
      );
  }
};

/** An instance lets go of a machine that is being deleted: another machine is bought, and the delete goes on. */
const keptMachine = (snapshot: Snapshot): string | null => {
  const machine = boundMachine(snapshot);
  const leaving = machine?.releaseAcknowledgedAt !== null || snapshot.instance.progress.failure?.machine === 'release';
  return machine && !leaving ? machine.machineId : null;
};

const changed = (
  { instance }: Snapshot,
  what: Partial<Instance>,
  progress: Partial<Progress>,
  now: Date,
): CommandResult => ({
  kind: 'changed',
  ...settled(
    {
      ...instance,
      ...what,
      generation: instance.generation + 1,
      progress: { ...instance.progress, heldUp: [], ...progress, wantedAt: now },
    },
    instance.machineId !== null && what.machineId === null ? [instance.machineId] : [],
  ),
});
