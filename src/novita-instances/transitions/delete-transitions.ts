import type { EventDraft } from '../../events/event-catalogue.js';
import { backOffAfter, type BackOff } from '../../time/back-off.js';
import { addSeconds } from '../../time/clock.js';
import type { Snapshot } from '../domain/instance.js';
import type { ActionAnswer } from './action-transitions.js';
import type { InstanceChange } from './instance-change.js';

/** What became of a delete: also why none was sent. */
export type DeleteAnswer =
  | ActionAnswer
  /** The machine does not carry the instance's tag any more. */
  | { kind: 'not-ours' }
  /** Novita could not be asked whose machine it is. */
  | { kind: 'unavailable'; why: string };

/** In seconds. */
const DELETE_RETRIES: BackOff = { first: 5, most: 60 };
/** A machine that a fresh observation shows not to be ours is left alone; now and then it is asked about again. */
const NOT_OURS_SECONDS = 600;

/** @param sentAt when the delete was sent, or would have been */
export const deleteAnswered = (
  { instance, machines }: Snapshot,
  { machineId, surplus }: { machineId: string; surplus: boolean },
  answer: DeleteAnswer,
  sentAt: Date,
  now: Date,
): InstanceChange => {
  const { releases } = instance.progress;
  const last = releases[machineId];
  const tries = (last?.tries ?? 0) + 1;
  const waitSeconds = answer.kind === 'not-ours' ? NOT_OURS_SECONDS : backOffAfter(tries, DELETE_RETRIES);
  const outcome = answer.kind === 'rejected' ? `rejected ${answer.rejection.reason}` : answer.kind;
  const next = {
    since: last?.since ?? sentAt,
    tries,
    notBefore: addSeconds(now, waitSeconds),
    outcome,
    said: sentenceOf(answer),
  };
  // an operator has said meanwhile that the machine is gone: that is what became of it
  const isGone = machines.some((machine) => machine.machineId === machineId && machine.goneAt);
  return {
    ...(!isGone && { progress: { releases: { ...releases, [machineId]: next } } }),
    events: last?.outcome === outcome ? [] : [deleteEvent({ machineId, surplus }, answer)],
  };
};

const deleteEvent = (which: { machineId: string; surplus: boolean }, answer: DeleteAnswer): EventDraft => {
  switch (answer.kind) {
    case 'acknowledged':
      return { type: 'machine.delete_acknowledged', data: which };
    case 'not-found':
      return { type: 'machine.delete_not_found', data: which };
    case 'not-ours':
      return { type: 'machine.delete_not_ours', data: which };
    case 'rejected': {
      const { reason, message } = answer.rejection;
      return { type: 'machine.delete_rejected', data: { ...which, reason, message } };
    }
    case 'ambiguous':
      return { type: 'machine.delete_ambiguous', data: { ...which, why: answer.why } };
    case 'not-sent':
      return { type: 'machine.delete_not_sent', data: { ...which, why: answer.why } };
    case 'unavailable':
      return { type: 'machine.delete_unavailable', data: { ...which, why: answer.why } };
  }
};

const sentenceOf = (answer: DeleteAnswer): string | null => {
  switch (answer.kind) {
    case 'rejected':
      return `${answer.rejection.reason}: ${answer.rejection.message}`;
    case 'ambiguous':
    case 'not-sent':
    case 'unavailable':
      return answer.why;
    case 'not-ours':
      return 'it does not carry the tag of this instance any more';
    case 'acknowledged':
    case 'not-found':
      return null;
  }
};
