import type { EventDraft } from '../../events/event-catalogue.js';
import type { Machine } from '../../machines/domain/machine.js';
import { backOffAfter, type BackOff } from '../../time/back-off.js';
import { addSeconds, secondsBetween } from '../../time/clock.js';
import { withSpan } from '../../time/held-up.js';
import { refusedSpan } from '../domain/deadlines.js';
import type { Snapshot } from '../domain/instance.js';
import type { Policy } from '../domain/policy.js';
import type { SentAction } from '../domain/progress.js';
import { judgeRejection, type RejectionSeen } from '../../placement/rejection-policy.js';
import { runMarkOf } from '../planners/restart.js';
import type { InstanceChange } from './instance-change.js';

/** What became of a start, stop, restart, migrate or delete, in words that may be stored. */
export type ActionAnswer =
  | { kind: 'acknowledged' }
  | { kind: 'not-found' }
  | { kind: 'rejected'; rejection: RejectionSeen }
  | { kind: 'ambiguous'; why: string }
  | { kind: 'not-sent'; why: string };

type Verb = SentAction['verb'];

/** In seconds. */
const ACTION_RETRIES: BackOff = { first: 2, most: 60 };
const TURN_IS_LATE_SECONDS = 2;
/** A machine that is too dear to be started is not billed meanwhile. */
const PRICE_RETRY_SECONDS = 30;

/** The request that is about to be sent: committed before it leaves. Until its answer is here, it may have been carried out. */
export const actionIntended = (
  snapshot: Snapshot,
  verb: Verb,
  machine: Machine,
  policy: Policy,
  now: Date,
): SentAction => {
  const next = nextAction(snapshot, verb, machine, policy, now);
  return { ...next, doubtful: true, unseen: next.unseen + 1 };
};

/** The time that the last refusal held up is kept with the next request. */
export const actionSent = ({ instance }: Snapshot, action: SentAction, machine: Machine): InstanceChange => ({
  progress: {
    action,
    heldUp: refusedSpan(instance, machine, action.sentAt).reduce(withSpan, instance.progress.heldUp),
  },
});

/** @param before what the request before this one met. Null: there is nothing to record. */
export const actionAnswered = (
  { instance }: Snapshot,
  action: SentAction,
  before: SentAction | null,
  machineId: string,
  answer: ActionAnswer,
  now: Date,
): InstanceChange | null => {
  const current = instance.progress.action;
  if (current?.verb !== action.verb || current.generation !== action.generation) return null;
  const after = afterAnswer(action, answer, now);
  const isEcho = after.refusal !== null && after.refusal === before?.refusal;
  return { progress: { action: after }, events: isEcho ? [] : [actionEvent(action.verb, machineId, answer)] };
};

/**
 * The requests of this minute are used up. That is no fault of the machine: a wait that is long enough to matter is written
 * down like a refusal that passes, once. Null: there is nothing to record.
 */
export const actionWaitsForTurn = (
  snapshot: Snapshot,
  verb: Verb,
  machine: Machine,
  { why, until }: { why: string; until: Date },
  policy: Policy,
  now: Date,
): InstanceChange | null => {
  const last = lastAction(snapshot, verb);
  const isTold = last !== null && !last.acknowledged && last.isPassing;
  if (isTold || secondsBetween(snapshot.instance.progress.wantedAt, now) <= TURN_IS_LATE_SECONDS) return null;
  const next = nextAction(snapshot, verb, machine, policy, now);
  return {
    progress: {
      action: { ...next, tries: last?.tries ?? 0, refusal: why, isPassing: true, notBefore: until },
    },
  };
};

/** Nothing is sent; the price is asked for again later, and the time until then counts against no deadline. */
export const startWaitsForPrice = (
  snapshot: Snapshot,
  machine: Machine,
  why: string,
  policy: Policy,
  now: Date,
): InstanceChange => {
  const last = lastAction(snapshot, 'start');
  const next = nextAction(snapshot, 'start', machine, policy, now);
  const notBefore = addSeconds(next.sentAt, PRICE_RETRY_SECONDS);
  const waits = { ...next, tries: last?.tries ?? 0, notBefore, refusal: why, isPassing: true };
  return {
    ...actionSent(snapshot, waits, machine),
    events:
      last?.refusal === why ? [] : [{ type: 'machine.start_not_sent', data: { machineId: machine.machineId, why } }],
  };
};

/** The last time that this same command was sent. */
export const lastAction = (snapshot: Snapshot, verb: Verb): SentAction | null => {
  const { action } = snapshot.instance.progress;
  return action?.verb === verb && action.generation === generationOf(snapshot, verb) ? action : null;
};

/** A migrate starts the machine too: tries in vain of both count together. */
const lastStartOf = (snapshot: Snapshot, verb: Verb): SentAction | null => {
  if (verb === 'start') return lastAction(snapshot, 'migrate');
  return verb === 'migrate' ? lastAction(snapshot, 'start') : null;
};

const generationOf = ({ instance }: Snapshot, verb: Verb): number =>
  verb === 'restart' ? instance.restartGeneration : instance.generation;

/** The request as it stands before it is sent. */
const nextAction = (
  snapshot: Snapshot,
  verb: Verb,
  machine: Machine,
  { requestTimeoutSeconds }: Policy,
  now: Date,
): SentAction => {
  const last = lastAction(snapshot, verb) ?? lastStartOf(snapshot, verb);
  const { readyAt } = snapshot.instance.progress.readiness;
  // a workload that answered in between makes this a new trouble, and not the old one going on
  const goesOn = last !== null && (readyAt === null || readyAt <= last.sentAt);
  return {
    verb,
    generation: generationOf(snapshot, verb),
    sentAt: now,
    acknowledged: false,
    tries: goesOn ? last.tries + 1 : 1,
    acknowledgements: goesOn ? last.acknowledgements : 0,
    notBefore: addSeconds(now, requestTimeoutSeconds),
    refusal: null,
    isPassing: false,
    doubtful: false,
    unseen: last?.unseen ?? 0,
    // the first observation counts: whatever came since then came after the first try
    before: verb === 'restart' ? (last?.before ?? runMarkOf(machine)) : null,
  };
};

const afterAnswer = (action: SentAction, answer: ActionAnswer, now: Date): SentAction => {
  if (answer.kind === 'acknowledged') {
    const acknowledgements = action.acknowledgements + 1;
    return { ...action, acknowledged: true, doubtful: false, acknowledgements, sentAt: now };
  }
  const backOff = backOffAfter(action.tries + 1, ACTION_RETRIES);
  const retryAfter = answer.kind === 'rejected' ? (answer.rejection.retryAfterSeconds ?? 0) : 0;
  const verdict = answer.kind === 'rejected' ? judgeRejection(answer.rejection).kind : null;
  const doubtful = answer.kind === 'ambiguous' || verdict === 'doubt';
  return {
    ...action,
    doubtful,
    unseen: action.unseen - (doubtful ? 0 : 1),
    notBefore: addSeconds(now, Math.max(backOff, retryAfter)),
    refusal: answer.kind === 'rejected' ? `${answer.rejection.reason}: ${answer.rejection.message}` : answer.kind,
    isPassing: verdict === 'wait' || answer.kind === 'ambiguous' || answer.kind === 'not-sent',
  };
};

const actionEvent = (verb: Verb, machineId: string, answer: ActionAnswer): EventDraft => {
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
