import type { EventDraft } from '../../events/event-catalogue.js';
import type { Machine } from '../../machines/domain/machine.js';
import { judgeRejection } from '../../placement/rejection-policy.js';
import { backOffAfter, type BackOff } from '../../time/back-off.js';
import { addSeconds, latest } from '../../time/clock.js';
import type { UpdateFailureCode } from '../../vocabulary/update.js';
import type { Snapshot } from '../domain/instance.js';
import type { Policy } from '../domain/policy.js';
import { NO_READINESS } from '../domain/progress.js';
import { settledUpdate, shownField, withdrawn } from '../domain/spec-update.js';
import type { MachineField, SentChange, SpecUpdate } from '../domain/spec-update-progress.js';
import type { ActionAnswer } from './action-transitions.js';
import type { InstanceChange } from './instance-change.js';
import { updateFailedEvent } from './update-failed-event.js';

/** In seconds. */
const CHANGE_RETRIES: BackOff = { first: 3, most: 60 };

/** The request that is about to be sent: committed before it leaves. Until its answer is here, it may have been carried out. */
export const changeIntended = (
  { instance }: Snapshot,
  verb: SentChange['verb'],
  { machineId }: Machine,
  { requestTimeoutSeconds, createSettleSeconds }: Policy,
  now: Date,
): SpecUpdate | null => {
  const { update } = instance;
  if (!update) return null;
  const last = update.sent?.machineId === machineId ? update.sent : null;
  const same = last?.verb === verb ? last : null;
  return {
    ...update,
    sent: {
      verb,
      machineId,
      firstAt: last?.firstAt ?? now,
      sentAt: now,
      acknowledged: false,
      doubtful: true,
      tries: (same?.tries ?? 0) + 1,
      unseen: (same?.unseen ?? 0) + 1,
      notBefore: addSeconds(now, requestTimeoutSeconds),
      refusal: null,
    },
    doubtUntil: latest([addSeconds(now, createSettleSeconds), ...(update.doubtUntil ? [update.doubtUntil] : [])]),
  };
};

/** Null: the answer is that of an update that is over. @param before the update before the request was sent */
export const changeAnswered = (
  snapshot: Snapshot,
  intended: SpecUpdate,
  before: SpecUpdate,
  answer: ActionAnswer,
  now: Date,
): InstanceChange | null => {
  const { update } = snapshot.instance;
  const { sent } = intended;
  if (!update?.sent || !sent || update.generation !== intended.generation) return null;
  if (update.sent.sentAt.getTime() !== sent.sentAt.getTime()) return null;
  const verdict = answer.kind === 'rejected' ? judgeRejection(answer.rejection) : null;
  const acknowledged = answer.kind === 'acknowledged';
  const doubtful = answer.kind === 'ambiguous' || verdict?.kind === 'doubt';
  const retryAfter = answer.kind === 'rejected' ? (answer.rejection.retryAfterSeconds ?? 0) : 0;
  const refusal = refusalOf(answer);
  const after: SpecUpdate = {
    ...update,
    sent: {
      ...sent,
      acknowledged,
      doubtful,
      sentAt: acknowledged ? now : sent.sentAt,
      unseen: sent.unseen - (acknowledged || doubtful ? 0 : 1),
      notBefore: acknowledged ? now : addSeconds(now, Math.max(backOffAfter(sent.tries, CHANGE_RETRIES), retryAfter)),
      refusal,
    },
    doubtUntil: doubtful ? update.doubtUntil : before.doubtUntil,
  };
  const isEcho = refusal !== null && refusal === before.sent?.refusal;
  const events = isEcho ? [] : [changeEvent(sent, answer)];
  const seen = { ...snapshot, instance: { ...snapshot.instance, update: after } };
  if (verdict?.kind !== 'fail') return { instance: { update: after }, events };
  const failed = updateFailed(seen, { code: 'UPDATE_REJECTED', message: verdict.message }, now);
  return { ...failed, events: [...events, ...(failed.events ?? [])] };
};

/** The machine is as the spec says. An upgrade has made its container anew: the workload is asked anew. */
export const updateSettled = ({ instance }: Snapshot, now: Date): InstanceChange => {
  const { update, progress } = instance;
  if (!update) return {};
  const wasRemade = update.sent?.verb === 'upgrade' && update.sent.machineId === instance.machineId;
  const { readiness } = progress;
  return {
    instance: { update: settledUpdate(update, now) },
    progress: {
      readiness: wasRemade ? NO_READINESS : { ...readiness, nextProbeAt: readiness.nextProbeAt && now },
    },
    events:
      update.state === 'pending'
        ? [{ type: 'update.applied', data: { generation: update.generation, fields: update.fields.map(shownField) } }]
        : [],
  };
};

/**
 * What was asked for is withdrawn. When the machine cannot even be brought back, it is left as it is.
 * @param undone fields in which the machine is not as asked for; null: all of the update
 */
export const updateFailed = (
  snapshot: Snapshot,
  failure: { code: UpdateFailureCode; message: string },
  now: Date,
  undone: readonly MachineField[] | null = null,
): InstanceChange => {
  const { update } = snapshot.instance;
  if (!update) return {};
  if (update.state !== 'pending') return { instance: { update: settledUpdate(update, now) } };
  return {
    instance: withdrawn(snapshot, failure, now, undone),
    events: [updateFailedEvent(update, failure)],
  };
};

const refusalOf = (answer: ActionAnswer): string | null => {
  switch (answer.kind) {
    case 'acknowledged':
      return null;
    case 'not-found':
      return 'Novita does not know the machine';
    case 'rejected':
      return `${answer.rejection.reason}: ${answer.rejection.message}`;
    case 'ambiguous':
    case 'not-sent':
      return answer.why;
  }
};

const changeEvent = ({ verb, machineId }: SentChange, answer: ActionAnswer): EventDraft => {
  switch (answer.kind) {
    case 'acknowledged':
      return { type: `machine.${verb}_acknowledged`, data: { machineId } };
    case 'not-found':
      return { type: `machine.${verb}_not_found`, data: { machineId } };
    case 'rejected': {
      const { reason, message } = answer.rejection;
      return { type: `machine.${verb}_rejected`, data: { machineId, reason, message } };
    }
    case 'ambiguous':
      return { type: `machine.${verb}_ambiguous`, data: { machineId, why: answer.why } };
    case 'not-sent':
      return { type: `machine.${verb}_not_sent`, data: { machineId, why: answer.why } };
  }
};
