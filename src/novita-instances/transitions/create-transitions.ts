import { PROMISED } from '../../machines/domain/absence.js';
import type { Machine } from '../../machines/domain/machine.js';
import { firstSeen } from '../../machines/domain/observation.js';
import { toMoney } from '../../money/price.js';
import { addSeconds } from '../../time/clock.js';
import type { Attempt, Snapshot } from '../domain/instance.js';
import type { MachineOrder } from '../../placement/machine-order.js';
import type { OfferTaken } from '../../placement/offer.js';
import type { Policy } from '../domain/policy.js';
import { pricePerHour } from '../domain/quota.js';
import { endHold, endPlacement } from '../domain/placement-hold.js';
import { judgeRejection, retryPlacementAt, type RejectionSeen } from '../../placement/rejection-policy.js';
import type { InstanceChange } from './instance-change.js';
import { failed, placementWaits } from './placement-waits.js';

/** What became of a create request, in words that may be stored. */
export type CreateAnswer =
  | { kind: 'accepted'; machineId: string }
  | { kind: 'rejected'; rejection: RejectionSeen }
  /** Nothing has left this process. */
  | { kind: 'not-sent'; why: string }
  /** The machine may exist, or may yet appear. */
  | { kind: 'ambiguous'; why: string };

const NOT_SENT_WAIT_SECONDS = 3;
const FAIL_ON_DOUBT =
  'Novita did not say whether the machine exists, and the request wanted to fail then (onAmbiguous). If it appears it is deleted.';
const LOOKING = 'Novita did not say whether the machine exists: looking for it.';

/** The create that is about to be sent: committed before its request leaves. */
export const intendedAttempt = (
  snapshot: Snapshot,
  { number, tag, offer }: { number: number; tag: string; offer: OfferTaken },
  { createSettleSeconds }: Policy,
  now: Date,
): Attempt => {
  const { productId, productName, regionId, regionName, billingMode, pricePerGpuHour } = offer;
  return {
    number,
    tag,
    round: snapshot.instance.progress.placement.round,
    offer: { productId, productName, regionId, regionName, billingMode, pricePerGpuHour },
    state: 'SENDING',
    reason: null,
    message: null,
    machineId: null,
    sentAt: now,
    settleAfter: addSeconds(now, createSettleSeconds),
    decidedAt: null,
    cleanPasses: 0,
    lastCleanPassAt: null,
  };
};

export const createIntended = (snapshot: Snapshot, attempt: Attempt, now: Date): InstanceChange => {
  const { heldUp, placement } = endHold(snapshot.instance.progress, now);
  const { number, offer } = attempt;
  const whole = snapshot.base ?? snapshot;
  return {
    attempts: [attempt],
    asksFor: offer,
    pricePerHour: pricePerHour({ ...whole, attempts: [...whole.attempts, attempt] }),
    progress: { heldUp, placement: { ...placement, notBefore: null, waitingFor: null, detail: null } },
    events: [
      {
        type: 'placement.sent',
        data: { attempt: number, ...offer, pricePerGpuHour: toMoney(offer.pricePerGpuHour) },
      },
    ],
  };
};

/** Null: there is nothing to record. */
export const createAnswered = (
  snapshot: Snapshot,
  number: number,
  order: MachineOrder,
  answer: CreateAnswer,
  policy: Pick<Policy, 'outOfStockSeconds'>,
  now: Date,
): InstanceChange | null => {
  const attempt = snapshot.attempts.find((other) => other.number === number);
  if (!attempt) return null;
  if (attempt.state !== 'SENDING' && attempt.state !== 'AMBIGUOUS') {
    // a sweep was quicker; another machine of this attempt is surplus: it is recorded where it is seen and deleted
    if (answer.kind !== 'accepted' || answer.machineId === attempt.machineId) return null;
    return { machines: [promisedMachine(answer.machineId, attempt, order, now)], nudge: true };
  }
  switch (answer.kind) {
    case 'accepted':
      return accepted(snapshot, attempt, order, answer.machineId, now);
    case 'rejected':
      return rejected(snapshot, attempt, answer.rejection, policy, now);
    case 'not-sent': {
      const until = retryAt(snapshot, attempt, 'NOT_SENT', NOT_SENT_WAIT_SECONDS, now);
      const detail = `Novita cannot be reached: ${answer.why}`;
      return {
        attempts: [{ ...attempt, state: 'NOT_SENT', reason: 'NOT_SENT', message: answer.why, decidedAt: now }],
        ...placementWaits(snapshot, { waitingFor: 'novita', until, detail }, now),
        events: [{ type: 'placement.not_sent', data: { attempt: attempt.number, why: answer.why } }],
      };
    }
    case 'ambiguous':
      return createDoubted(snapshot, attempt, 'AMBIGUOUS', answer.why, now);
  }
};

const accepted = (
  snapshot: Snapshot,
  attempt: Attempt,
  order: MachineOrder,
  machineId: string,
  now: Date,
): InstanceChange => ({
  ...(snapshot.instance.machineId === null && {
    instance: { machineId },
    progress: endPlacement(snapshot.instance.progress, now),
  }),
  attempts: [{ ...attempt, state: 'ACCEPTED', machineId, decidedAt: now }],
  machines: [promisedMachine(machineId, attempt, order, now)],
  learned: { kind: 'accepted', offer: attempt.offer },
  events: [{ type: 'placement.accepted', data: { attempt: attempt.number, machineId } }],
});

const rejected = (
  snapshot: Snapshot,
  attempt: Attempt,
  rejection: RejectionSeen,
  { outOfStockSeconds }: Pick<Policy, 'outOfStockSeconds'>,
  now: Date,
): InstanceChange => {
  const { reason, message } = rejection;
  const verdict = judgeRejection(rejection);
  if (verdict.kind === 'doubt') return createDoubted(snapshot, attempt, reason, message, now);
  const change: InstanceChange = {
    attempts: [{ ...attempt, state: 'REJECTED', reason, message, decidedAt: now }],
    events: [{ type: 'placement.rejected', data: { attempt: attempt.number, reason, message } }],
  };
  switch (verdict.kind) {
    case 'next-offer': {
      const until = addSeconds(now, outOfStockSeconds);
      return { ...change, learned: { kind: 'out-of-stock', offer: attempt.offer, until } };
    }
    case 'wait': {
      const { waitingFor, detail, seconds } = verdict;
      const until = retryAt(snapshot, attempt, reason, seconds, now);
      return { ...change, ...placementWaits(snapshot, { waitingFor, detail, until }, now) };
    }
    case 'fail':
      return withFailure(snapshot, change, { code: verdict.code, message: verdict.message }, now);
  }
};

/** The outcome of a create is unknown: its machine is looked for, and nothing else is bought. */
export const createDoubted = (
  snapshot: Snapshot,
  attempt: Attempt,
  reason: string,
  why: string,
  now: Date,
): InstanceChange => {
  const { instance } = snapshot;
  const change: InstanceChange = {
    attempts: [{ ...attempt, state: 'AMBIGUOUS', reason, message: why }],
    progress: { placement: { ...instance.progress.placement, detail: LOOKING } },
    events: [{ type: 'placement.ambiguous', data: { attempt: attempt.number, reason, why } }],
  };
  if (instance.spec.onAmbiguous === 'wait' || instance.progress.failure) return change;
  return withFailure(snapshot, change, { code: 'CREATE_UNCERTAIN', message: FAIL_ON_DOUBT }, now);
};

/** The create is proved never to have come true. */
export const createWrittenOff = (attempt: Attempt, now: Date): InstanceChange => ({
  attempts: [{ ...attempt, state: 'ABSENT', decidedAt: now }],
  events: [{ type: 'placement.absent', data: { attempt: attempt.number, cleanPasses: attempt.cleanPasses } }],
});

/** The create of a replacement that has ended is no failure of the machine that the instance has. */
const withFailure = (
  { instance }: Snapshot,
  change: InstanceChange,
  failure: Pick<Parameters<typeof failed>[0], 'code' | 'message'>,
  now: Date,
): InstanceChange => {
  if (instance.machineId !== null) return change;
  const { progress, events = [] } = failed({ ...failure, machine: 'release' }, now);
  return { ...change, progress: { ...change.progress, ...progress }, events: [...(change.events ?? []), ...events] };
};

const retryAt = (
  { instance, attempts }: Snapshot,
  { number }: Attempt,
  ending: string,
  seconds: number,
  now: Date,
): Date => {
  const { since } = instance.progress.placement;
  const earlier = attempts.filter((other) => other.number < number && other.sentAt >= since);
  return retryPlacementAt(earlier, ending, seconds, now);
};

/** A machine that Novita has promised and that no observation has shown yet. */
const promisedMachine = (machineId: string, attempt: Attempt, order: MachineOrder, now: Date): Machine =>
  firstSeen(
    {
      machineId,
      attemptNumber: attempt.number,
      observation: {
        state: 'queued',
        statusWord: PROMISED,
        failure: null,
        endpoints: order.ports.map(({ port, protocol }) => ({ port, protocol, address: null })),
        startedAt: null,
        spot: null,
      },
      access: null,
    },
    now,
  );
