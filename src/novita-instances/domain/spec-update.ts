import { isDeepStrictEqual } from 'node:util';
import type { Machine } from '../../machines/domain/machine.js';
import type { ContentField } from '../../placement/machine-order.js';
import { addSeconds, latest } from '../../time/clock.js';
import { backOffAfter, type BackOff } from '../../time/back-off.js';
import type { UpdateFailureCode } from '../../vocabulary/update.js';
import type { Instance, Snapshot } from './instance.js';
import type { InstanceSpec } from './instance-spec.js';
import { ACTION_EFFECT_SECONDS, EDIT_EFFECT_SECONDS, MAX_CHANGES_UNSEEN } from './policy.js';
import { MACHINE_FIELDS, type MachineField, type SentChange, type SpecUpdate } from './spec-update-progress.js';

/**
 * An update changes the spec at once, and the machine after that. Whether the machine is as the spec says is read from the machine, before
 * anything is sent and after it: an answer proves nothing, and a lost answer disproves nothing. A machine that was bought after the update
 * has what it asks for. When an update fails, the spec goes back to what it was, and a machine that may have been changed is looked at again.
 */

export const machineFieldsChanged = (a: InstanceSpec, b: InstanceSpec): MachineField[] =>
  MACHINE_FIELDS.filter((field) => !isDeepStrictEqual(a[field], b[field]));

/** All fields that differ. */
export const specFieldsChanged = (a: InstanceSpec, b: InstanceSpec): (keyof InstanceSpec)[] =>
  (Object.keys(b) as (keyof InstanceSpec)[]).filter((field) => !isDeepStrictEqual(a[field], b[field]));

/** The part of a spec that a machine has. */
export const machinePartOf = ({
  image,
  registryAuthId,
  command,
  envs,
  ports,
  rootfsSizeGb,
}: InstanceSpec): NonNullable<SpecUpdate['before']> => ({ image, registryAuthId, command, envs, ports, rootfsSizeGb });

/** The number of the next attempt. */
export const nextAttemptOf = ({ attempts, machines }: Snapshot): number =>
  Math.max(0, ...attempts.map(({ number }) => number), ...machines.map(({ attemptNumber }) => attemptNumber)) + 1;

/** Whether the stored spec could be read whole. */
export const isSpecKnown = ({ unreadable = [] }: Instance): boolean =>
  !unreadable.includes('spec') && !unreadable.includes('envs');

/** Whether the update is under way at Novita, so that no other may take its place. */
export const isUnderWay = ({ update, replacement }: Instance): boolean =>
  update !== null && !update.isSettled && (update.sent !== null || replacement?.reason === 'update');

/** Whether the machine was bought by the spec as it is now. */
export const isBoughtSince = ({ firstAttempt }: SpecUpdate, { attemptNumber }: Machine): boolean =>
  attemptNumber >= firstAttempt;

/** Whether the container of the machine is, or may be, made anew by an upgrade that was sent. */
export const isBeingRemade = ({ update, machineId }: Instance): boolean => {
  if (!update?.sent || update.isSettled) return false;
  const { verb, acknowledged, doubtful } = update.sent;
  return verb === 'upgrade' && update.sent.machineId === machineId && (acknowledged || doubtful);
};

/** What an upgrade changes; everything else is changed by an edit. */
const REMADE: ReadonlySet<ContentField> = new Set(['image', 'registryAuthId', 'command', 'entrypoint', 'envs']);

const UPGRADE_WAITS: BackOff = { first: ACTION_EFFECT_SECONDS, most: 8 * ACTION_EFFECT_SECONDS };

export type NextChange =
  /** The machine is as the spec says. */
  | { kind: 'settled' }
  /** The effect of the last request may still show. */
  | { kind: 'wait' }
  | { kind: 'send'; verb: SentChange['verb'] }
  | { kind: 'give-up'; code: UpdateFailureCode; message: string };

/** What follows from a look at the machine. @param differing fields in which it is not as the spec says; `isLate`: the deadline is over */
export const nextChange = (
  update: SpecUpdate,
  machineId: string,
  differing: readonly ContentField[],
  isLate: boolean,
  now: Date,
): NextChange => {
  if (differing.length === 0) return { kind: 'settled' };
  const verb = differing.some((field) => REMADE.has(field)) ? 'upgrade' : 'edit';
  const last = update.sent?.machineId === machineId && update.sent.verb === verb ? update.sent : null;
  if (last && now < effectBy(last, update.doubtUntil)) return { kind: 'wait' };
  const what = differing.join(', ');
  if (isLate || (last && last.unseen >= MAX_CHANGES_UNSEEN)) {
    const refusal = last?.refusal ? ` (Novita: ${last.refusal})` : '';
    return {
      kind: 'give-up',
      code: 'UPDATE_TIMEOUT',
      message: `Novita did not change the machine in time${refusal}: ${what}.`,
    };
  }
  // what an earlier update has sent may still be carried out: the later request must be the last
  if (!last && update.doubtUntil && now < update.doubtUntil) return { kind: 'wait' };
  return { kind: 'send', verb };
};

/** Until when the last request may still show its effect. A disk that is told twice to grow grows twice. */
const effectBy = ({ verb, sentAt, acknowledged, doubtful, unseen }: SentChange, doubtUntil: Date | null): Date => {
  if (!acknowledged && !doubtful) return sentAt;
  const seconds = verb === 'edit' ? EDIT_EFFECT_SECONDS : backOffAfter(unseen, UPGRADE_WAITS);
  const shownBy = addSeconds(sentAt, seconds);
  return verb === 'edit' && doubtful && doubtUntil ? latest([shownBy, doubtUntil]) : shownBy;
};

/** The update with its machine as the spec says. */
export const settledUpdate = (update: SpecUpdate, now: Date): SpecUpdate => ({
  ...update,
  state: update.state === 'pending' ? 'applied' : update.state,
  endedAt: update.endedAt ?? now,
  isSettled: true,
  before: null,
  sent: null,
});

/** What became of the update, and the spec that is left: what it has changed already stays. Pending updates only. */
export const withdrawn = (
  snapshot: Snapshot,
  failure: NonNullable<SpecUpdate['failure']>,
  now: Date,
  undone: readonly MachineField[] | null = null,
): Pick<Instance, 'spec' | 'update'> => {
  const { spec, update } = snapshot.instance;
  if (update?.state !== 'pending') return { spec, update };
  const { before, fields, strategy } = update;
  const back = fields.filter((field) => undone === null || undone.includes(field));
  const wasTouched = update.isTouched || (strategy === 'inPlace' && update.sent !== null);
  return {
    spec:
      before && isSpecKnown(snapshot.instance)
        ? { ...spec, ...Object.fromEntries(back.map((field) => [field, before[field]])) }
        : spec,
    update: {
      ...update,
      state: 'failed',
      endedAt: now,
      failure,
      firstAttempt: nextAttemptOf(snapshot),
      isSettled: !wasTouched,
      before: null,
      sent: null,
    },
  };
};

/** A sentence about an update that is pending or has failed. Null: nothing has to be said. */
export const updateMessage = ({ instance }: Snapshot): string | null => {
  const { update, desired, replacement } = instance;
  if (!update || desired === 'deleted') return null;
  const what = update.fields.map(shownField).join(', ');
  if (update.state === 'failed') {
    const { endedAt, failure } = update;
    return update.isSettled
      ? null
      : `The update of ${what} has failed at ${iso(endedAt)} (${failure?.message ?? ''}): the machine is brought back to what it was.`;
  }
  if (update.isSettled) return null;
  if (desired === 'stopped' || instance.progress.failure)
    return `The update of ${what} is made when the instance runs again.`;
  if (update.strategy === 'replace') {
    return replacement?.reason === 'update'
      ? `Another machine is bought for the update of ${what}.`
      : `Another machine is bought for the update of ${what} as soon as the instance runs.`;
  }
  const { sent } = update;
  if (!sent) return `The update of ${what} is made as soon as the machine runs.`;
  if (sent.acknowledged)
    return `Novita has acknowledged the ${sent.verb} of the machine (${what}) at ${iso(sent.sentAt)}: a look at the machine shows when it is done.`;
  return sent.refusal === null
    ? `The ${sent.verb} of the machine (${what}) was sent at ${iso(sent.sentAt)}, and Novita has not answered yet.`
    : `The ${sent.verb} of the machine (${what}) is not done yet: ${sent.refusal}. It is tried again at ${iso(sent.notBefore)}.`;
};

const iso = (time: Date | null): string => time?.toISOString() ?? '';

/** The name of a field as callers know it. */
export const shownField = (field: keyof InstanceSpec): string => (field === 'rootfsSizeGb' ? 'rootfsSize' : field);
