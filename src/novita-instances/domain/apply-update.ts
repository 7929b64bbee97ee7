import { DomainError, type Fault } from '../../errors/domain-error.js';
import { isDeepStrictEqual } from 'node:util';
import type { UpdateStrategy } from '../../vocabulary/update.js';
import { allowedActions, instancePhase } from './instance-phase.js';
import type { InstanceSpec } from './instance-spec.js';
import { boundMachine, type Instance, type Snapshot } from './instance.js';
import type { CommandResult } from './commands.js';
import type { SentAction } from './progress.js';
import {
  isSpecKnown,
  isUnderWay,
  machineFieldsChanged,
  machinePartOf,
  nextAttemptOf,
  shownField,
} from './spec-update.js';
import { MACHINE_FIELDS, type SpecUpdate } from './spec-update-progress.js';

/** A container disk of this size is made when nothing else is said. */
const DEFAULT_ROOTFS_GB = 60;

export interface SpecWanted {
  spec: InstanceSpec;
  strategy: UpdateStrategy;
}

/**
 * What an update makes of an instance. Only changes of the machine wait for anything; all others are in effect with this commit.
 * @throws DomainError UPDATE_UNDER_WAY, DISK_CANNOT_SHRINK
 */
export const applyUpdate = (snapshot: Snapshot, { spec, strategy }: SpecWanted, now: Date): CommandResult => {
  const { instance } = snapshot;
  const allowed = allowedActions(instancePhase(snapshot));
  if (!allowed.includes('update')) return { kind: 'refused', allowed };
  // what stands in its place must not be written down as what was asked for
  if (!isSpecKnown(instance)) return { kind: 'refused', allowed: allowed.filter((action) => action !== 'update') };
  if (isDeepStrictEqual(spec, instance.spec)) return { kind: 'unchanged' };
  const fields = machineFieldsChanged(instance.spec, spec);
  if (fields.length > 0) {
    assertFree(snapshot);
    if (strategy === 'inPlace' && boundMachine(snapshot)) assertDiskGrows(instance.spec, spec);
  }
  const generation = instance.generation + 1;
  const { progress, replacement } = instance;
  return {
    kind: 'changed',
    condemned: [],
    instance: {
      ...instance,
      spec,
      generation,
      update: fields.length > 0 ? newUpdate(snapshot, { spec, strategy }, generation, now) : instance.update,
      replacement: replacement && { ...replacement, action: carriedOn(replacement.action, instance) },
      progress: {
        ...progress,
        action: carriedOn(progress.action, instance),
        ...((fields.includes('image') || fields.includes('registryAuthId')) && { unpullable: null }),
        ...(!isDeepStrictEqual(spec.readiness, instance.spec.readiness) && {
          readiness: { ...progress.readiness, nextProbeAt: progress.readiness.nextProbeAt && now },
        }),
      },
    },
  };
};

/** A start or stop that was sent belongs to the state that is wanted, and that stays. */
const carriedOn = (action: SentAction | null, { generation }: Instance): SentAction | null =>
  action && action.verb !== 'restart' && action.generation === generation
    ? { ...action, generation: generation + 1 }
    : action;

/** An update that Novita has not been asked for yet gives way to the next one: what was before both is kept. */
const newUpdate = (snapshot: Snapshot, { spec, strategy }: SpecWanted, generation: number, now: Date): SpecUpdate => {
  const { update } = snapshot.instance;
  const isLeft = update?.state === 'pending' && update.before !== null;
  const before = (isLeft && update.before) || machinePartOf(snapshot.instance.spec);
  const changed = machineFieldsChanged({ ...spec, ...before }, spec);
  const left = isLeft ? update.fields : [];
  return {
    generation,
    strategy,
    state: 'pending',
    fields: MACHINE_FIELDS.filter((field) => changed.includes(field) || left.includes(field)),
    since: now,
    endedAt: null,
    firstAttempt: nextAttemptOf(snapshot),
    isSettled: false,
    isTouched: update !== null && !update.isSettled && (update.isTouched || update.state === 'failed'),
    before,
    sent: null,
    doubtUntil: update?.doubtUntil ?? null,
    failure: null,
  };
};

const assertFree = ({ instance }: Snapshot): void => {
  const { update } = instance;
  if (!update || !isUnderWay(instance)) return;
  throw new DomainError(
    'UPDATE_UNDER_WAY',
    `The update of ${update.fields.map(shownField).join(', ')}, generation ${update.generation}, is under way at Novita.`,
    { instanceId: instance.id },
  );
};

/** A size that is not known here is judged when the machine has been read. */
const assertDiskGrows = (before: InstanceSpec, after: InstanceSpec): void => {
  const has = before.rootfsSizeGb ?? (before.templateId === null ? DEFAULT_ROOTFS_GB : null);
  const wanted = after.rootfsSizeGb ?? (after.templateId === null ? DEFAULT_ROOTFS_GB : null);
  if (has === null || wanted === null || wanted >= has) return;
  const fault: Fault = { pointer: '/rootfsSize', detail: `must be ${has} or more: the disk of a machine only grows` };
  throw new DomainError('DISK_CANNOT_SHRINK', `The disk has ${has} GB and cannot have ${wanted}.`, { faults: [fault] });
};
