import type { Guard } from '../machines/domain/fleet-guard.js';
import { type Machine, mayHoldData } from '../machines/domain/machine.js';
import type { PriceUnits } from '../money/price.js';
import { capacityWaitOf, handedOffer } from '../novita-instances/domain/capacity-wait.js';
import { deadlineOf } from '../novita-instances/domain/deadlines.js';
import {
  allowedActions,
  instancePhase,
  type Action,
  type InstanceStatus,
} from '../novita-instances/domain/instance-phase.js';
import { boundMachine, offerOf, openAttempts, type Snapshot } from '../novita-instances/domain/instance.js';
import { isBeingRemade } from '../novita-instances/domain/spec-update.js';
import type { Policy } from '../novita-instances/domain/policy.js';
import { brokenOf, shownBroken } from '../novita-instances/domain/recovery.js';
import { isCharged, statusMessage } from '../novita-instances/domain/status-message.js';
import { planNextStep } from '../novita-instances/planners/plan-next-step.js';
import type { Step } from '../novita-instances/planners/step.js';
import type { OfferTaken } from '../placement/offer.js';
import type { FailureCode } from '../vocabulary/failure-code.js';
import type { DeadlineKind, NextStep } from '../vocabulary/next-step.js';
import type { Slot } from '../vocabulary/replacement.js';
import type { WaitReason } from '../vocabulary/wait-reason.js';

/** Why an instance is not further, and what happens next. */
export interface Explanation {
  status: InstanceStatus;
  message: string | null;
  waitingFor: WaitReason | null;
  /** `at`: null when the step is done as soon as a change is seen at Novita, or asked for. */
  next: { step: NextStep; slot: Slot; at: Date | null };
  /** Null: it does not wait to be handed a free offer. */
  capacityWait: { since: Date; slot: Slot; offer: OfferTaken | null } | null;
  deadline: { of: DeadlineKind; at: Date; failure: FailureCode; machine: 'stopped' | 'deleted' | 'none' } | null;
  /** What all machines of the instance cost together, per hour, in 1/100000 USD. */
  pricePerHour: PriceUnits;
  allowedActions: Action[];
  /** What a person can do about it. */
  advice: string[];
}

export const explain = (snapshot: Snapshot, guard: Guard, now: Date, policy: Policy): Explanation => {
  const status = instancePhase(snapshot);
  const waitingFor = waitReasonOf(snapshot);
  return {
    status,
    message: statusMessage(snapshot),
    waitingFor,
    next: nextOf(planNextStep(snapshot, guard, now, policy), now),
    capacityWait: waitOf(snapshot, now),
    deadline: deadlineAhead(status, snapshot, guard, now, policy),
    pricePerHour: snapshot.machines.reduce((sum, machine) => sum + priceOf(snapshot, machine), 0),
    allowedActions: allowedActions(status),
    advice: adviceFor(status, waitingFor, snapshot),
  };
};

const waitOf = ({ instance }: Snapshot, now: Date): Explanation['capacityWait'] => {
  const wait = capacityWaitOf(instance);
  if (!wait) return null;
  const { slot, placement } = wait;
  return { since: placement.since, slot, offer: handedOffer(placement, now) };
};

/** The replacement of a machine that has failed may have to wait, while nothing else is waited for. */
const waitReasonOf = ({ instance }: Snapshot): WaitReason | null => {
  const { replacement, progress } = instance;
  const isDelayed = !replacement && brokenOf(instance)?.delay;
  return isDelayed ? 'replacement' : progress.placement.waitingFor;
};

/** The deadline that a status has, and what the instance fails with when it passes. */
const DEADLINE_OF: Partial<Record<InstanceStatus, [DeadlineKind, FailureCode]>> = {
  pending: ['capacity', 'NO_CAPACITY'],
  waiting_capacity: ['capacity', 'NO_CAPACITY'],
  provisioning: ['provision', 'PROVISION_TIMEOUT'],
  pulling: ['provision', 'PROVISION_TIMEOUT'],
  starting: ['start', 'START_TIMEOUT'],
  recovering: ['start', 'START_TIMEOUT'],
  stopping: ['stop', 'STOP_TIMEOUT'],
  running: ['readiness', 'READINESS_TIMEOUT'],
};

const deadlineAhead = (
  status: InstanceStatus,
  snapshot: Snapshot,
  guard: Guard,
  now: Date,
  policy: Policy,
): Explanation['deadline'] => {
  const [of, failure] = DEADLINE_OF[status] ?? [];
  if (!of || !failure || shownBroken(snapshot.instance)) return null;
  const machine = boundMachine(snapshot);
  // a machine that runs while it is changed has the deadline of its update, which does not end the instance
  if (isBeingRemade(snapshot.instance) && machine?.observation.state === 'running') return null;
  const afterwards = machine && !mayHoldData(machine) ? 'deleted' : 'stopped';
  return { of, at: deadlineOf(of, snapshot, guard, now, policy), failure, machine: machine ? afterwards : 'none' };
};

const nextOf = (step: Step, now: Date): Explanation['next'] => {
  switch (step.do) {
    case 'rest':
      return { step: 'wait', slot: 'current', at: step.until };
    case 'for-successor':
      return { ...nextOf(step.step, now), slot: 'successor' };
    case 'act':
      return { step: step.verb, slot: 'current', at: now };
    default:
      return { step: WORDS[step.do], slot: 'current', at: now };
  }
};

const WORDS: Record<Exclude<Step['do'], 'rest' | 'for-successor' | 'act'>, NextStep> = {
  place: 'buy',
  hold: 'buy',
  doubt: 'settle-create',
  'write-off': 'settle-create',
  adopt: 'adopt',
  condemn: 'delete-machine',
  'delete-machine': 'delete-machine',
  'end-replacement': 'delete-machine',
  'update-machine': 'update',
  'settle-update': 'record',
  probe: 'probe',
  fail: 'fail',
  'cut-over': 'cut-over',
  tell: 'record',
  'tell-reclaim': 'record',
  'begin-replacement': 'buy',
  'cancel-replacement': 'delete-machine',
  recover: 'buy',
  'let-go': 'buy',
  'mark-broken': 'record',
  'delay-replacement': 'record',
  mend: 'record',
  raise: 'record',
  disprove: 'record',
  'record-gone': 'record',
  'begin-run': 'record',
  'end-run': 'record',
  'finish-delete': 'record',
};

const priceOf = (snapshot: Snapshot, machine: Machine): PriceUnits => {
  const offer = machine.goneAt === null && isCharged(machine) ? offerOf(snapshot, machine) : null;
  return offer ? offer.pricePerGpuHour * snapshot.instance.spec.gpuNum : 0;
};

const ADVICE: Record<WaitReason, string> = {
  capacity:
    'Wait: free offers are handed to those who wait longest. Or create another instance with a higher maxPricePerGpuHour, more regions or another product.',
  balance: "Top up the balance in Novita's console: buying then goes on by itself.",
  quota: 'Stop or delete other instances, or have an operator raise the limit of the project or of the service.',
  'rate-limit': 'Wait: the requests per minute that this Novita key may send are used up.',
  novita: 'Wait for Novita, or look at its status page. GET /health shows the operator whether it answers.',
  catalogue: "Wait: Novita's list of offers cannot be read just now.",
  paused: 'The operator has turned buying off: CREATES_ENABLED=true turns it on.',
  frozen: 'The operator has to look at GET /api/machines and then POST /api/fleet/resume.',
  unverified: "Wait: Novita's list of machines is read completely before anything is bought.",
  replacement:
    'Wait for the time given, or start the instance: that buys at once. Look into why its machines fail: the image, its memory, its probes.',
  unreadable:
    'The operator has to restore the secret or the row of this instance; or delete the instance and create it again.',
};

const adviceFor = (status: InstanceStatus, waitingFor: WaitReason | null, snapshot: Snapshot): string[] => {
  const { instance } = snapshot;
  const advice: string[] = [];
  if (waitingFor && !instance.deletedAt) advice.push(ADVICE[waitingFor]);
  for (const { number, tag, settleAfter } of openAttempts(snapshot)) {
    advice.push(
      `If Novita's console shows no machine with the name ${tag} after ${settleAfter.toISOString()}: POST /api/instances/${instance.id}/attempts/${number}/absent.`,
    );
  }
  if (status === 'failed') advice.push('Start it again, or delete it.');
  if (status === 'running' || status === 'unready') {
    advice.push('Read the log of the workload, and compare its port and path with readiness.probes.');
  }
  if (status === 'deleting') {
    advice.push(
      ...snapshot.machines
        .filter(({ goneAt }) => goneAt === null)
        .map(
          ({ machineId }) =>
            `If Novita's console does not show machine ${machineId} any more: POST /api/machines/${machineId}/gone.`,
        ),
    );
  }
  return advice;
};
