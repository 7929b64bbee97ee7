import { backOffAfter, type BackOff } from '../../time/back-off.js';
import { addSeconds, earliest } from '../../time/clock.js';
import type { InstanceStatus } from '../domain/instance-phase.js';
import type { Attempt, Snapshot } from '../domain/instance.js';
import type { Broken, Failure, SentAction } from '../domain/progress.js';
import type { Machine } from '../../machines/domain/machine.js';
import type { WaitReason } from '../../vocabulary/wait-reason.js';
import type { Disproved } from '../domain/disproved-word.js';
import type { Overdue } from '../domain/overdue.js';
import type { ReclaimNews } from '../domain/reclaim.js';
import type { ReplacementReason } from '../../vocabulary/replacement.js';
import { ACTION_EFFECT_SECONDS, RELEASE_EFFECT_SECONDS } from '../domain/policy.js';
import { YOUNG_SECONDS } from '../../machines/domain/absence.js';

/** The one next thing to do for an instance. A value: somebody else does it. */
export type Step =
  /** Nothing, until then (null: until something is seen or asked). */
  | { do: 'rest'; until: Date | null }
  /** Callers were told another status than the snapshot now gives. */
  | { do: 'tell'; status: InstanceStatus }
  /** Something takes far too long: a person is to know. */
  | { do: 'raise'; overdue: Overdue }
  /** A machine is there of which a person has said that it is not: that is told before anything is done about it. */
  | { do: 'disprove'; disproved: Disproved }
  /** Choose an offer, record the attempt, send the create. */
  | { do: 'place' }
  /** The sender of this create is dead: its outcome is unknown. */
  | { do: 'doubt'; attempt: Attempt }
  /** This create is proved never to have come true. */
  | { do: 'write-off'; attempt: Attempt }
  /** A machine with the instance's tag exists, and the instance has none: it is the one. */
  | { do: 'adopt'; machine: Machine }
  /** Nothing may be bought now, for a reason that has nothing to do with this instance. */
  | { do: 'hold'; waitingFor: WaitReason; detail: string }
  /** A second machine of the instance: decide that it goes. */
  | { do: 'condemn'; machine: Machine }
  /** Compare the machine with what an update asks for, and have Novita change it. `isLate`: the deadline for that is over. */
  | { do: 'update-machine'; machine: Machine; isLate: boolean }
  /** The machine was bought with what the update asks for. */
  | { do: 'settle-update' }
  | { do: 'act'; verb: SentAction['verb']; machine: Machine }
  /** Give the machine back. */
  | { do: 'delete-machine'; machine: Machine; surplus: boolean }
  /** The machine is proved gone: stop watching it. */
  | { do: 'record-gone'; machine: Machine }
  /** The machine has been seen running: a new run, with a readiness of its own. `restart`: that is over, and whether a look has shown it. */
  | { do: 'begin-run'; restart?: 'seen' | 'unseen' }
  /** The machine has been seen not running any more. */
  | { do: 'end-run' }
  | { do: 'probe'; machine: Machine }
  | { do: 'fail'; failure: Omit<Failure, 'at'> }
  /** The next step of the machine that is to take over: it looks at the instance as its successor. */
  | { do: 'for-successor'; step: Step }
  /** The successor takes over. */
  | { do: 'cut-over' }
  /** The replacement is over. The machine that was replaced, if it is still there, is deleted. */
  | { do: 'end-replacement'; machine: Machine | null }
  /** Novita takes a machine back, has taken it, or keeps it after all: that is told. */
  | { do: 'tell-reclaim'; machine: Machine; news: ReclaimNews }
  /** Another machine is to take over. */
  | { do: 'begin-replacement'; reason: ReplacementReason }
  /** Novita keeps the machine after all: the replacement ends, and the new machine, if there is one, is deleted. */
  | { do: 'cancel-replacement' }
  /** Novita has taken the machine: the instance lets go of it, and gets another one. */
  | { do: 'recover'; machine: Machine; isGone: boolean }
  /** The current machine is judged broken, and is to be replaced. It is kept until then. */
  | { do: 'mark-broken'; machine: Machine; failure: Omit<Failure, 'at'> }
  /** The current machine has failed, and holds nothing: the instance lets go of it, and gets another one. */
  | { do: 'let-go'; machine: Machine; isGone: boolean; failure: Omit<Failure, 'at'> }
  /** The replacement of a broken machine has to wait: that is told. */
  | { do: 'delay-replacement'; machineId: string; delay: NonNullable<Broken['delay']> }
  /** A machine that was judged broken runs again: its replacement ends, and the new machine, if there is one, is deleted. */
  | { do: 'mend' }
  /** Nothing is left at Novita, and nothing can appear that we sent. */
  | { do: 'finish-delete' };

/** How long the effect of an acknowledged request is waited for, in seconds. */
const EFFECT_WAITS: BackOff = { first: ACTION_EFFECT_SECONDS, most: 8 * ACTION_EFFECT_SECONDS };
/** So soon a machine is looked at again when its state matters. */
const FRESH_LOOK_SECONDS = 5;

export const rest = (until: Date | null): Step => ({ do: 'rest', until });

/** The first of two steps that is none to rest; else to rest until the earlier of the two. */
export const sooner = (first: Step, second: Step | null): Step => {
  if (!second || first.do !== 'rest') return first;
  if (second.do !== 'rest') return second;
  const times = [first.until, second.until].filter((time) => time !== null);
  return rest(times.length > 0 ? earliest(times) : null);
};

export const fail = (code: Failure['code'], message: string, machine: Failure['machine']): Step => ({
  do: 'fail',
  failure: { code, message, machine },
});

/** What is to be done while there is time; it wakes at the deadline at the latest. */
export const beforeDeadline = (
  deadline: Date,
  now: Date,
  before: (deadline: Date) => Step,
  after: () => Step,
): Step => {
  if (now >= deadline) return after();
  const step = before(deadline);
  return step.do === 'rest' ? rest(earliest(step.until ? [step.until, deadline] : [deadline])) : step;
};

/** The same for a deadline that judges a machine: it is looked at after the deadline before it is judged, however late we are. */
export const beforeDeadlineOf = (
  { observedAt }: Machine,
  deadline: Date,
  now: Date,
  before: (deadline: Date) => Step,
  after: () => Step,
): Step =>
  beforeDeadline(deadline, now, before, () =>
    observedAt >= deadline ? after() : rest(addSeconds(now, FRESH_LOOK_SECONDS)),
  );

/** Sends the verb once, waits for its effect, and sends it again when there is none; each time it waits longer. */
export const stepToAct = ({ instance }: Snapshot, machine: Machine, verb: SentAction['verb'], now: Date): Step => {
  const { action } = instance.progress;
  const generation = verb === 'restart' ? instance.restartGeneration : instance.generation;
  if (action?.verb !== verb || action.generation !== generation) return { do: 'act', verb, machine };
  if (!action.acknowledged) return now >= action.notBefore ? { do: 'act', verb, machine } : rest(action.notBefore);
  const patience = backOffAfter(action.acknowledgements, EFFECT_WAITS);
  const effectBy = addSeconds(action.sentAt, patience);
  return machine.observedAt > effectBy ? { do: 'act', verb, machine } : rest(null);
};

/** Asks for the delete until it is acknowledged, and again when it shows no effect. Absence itself is proved by looks. */
export const stepToDelete = ({ instance }: Snapshot, machine: Machine, surplus: boolean, now: Date): Step => {
  const { releaseAcknowledgedAt: acknowledgedAt, missingProofs, observation, observedAt } = machine;
  // Novita does not know it: another delete would say the same, and the looks tell when it is there after all
  if (missingProofs > 0) {
    const believedAt = addSeconds(machine.firstSeenAt, YOUNG_SECONDS);
    return rest(acknowledgedAt && believedAt > now ? believedAt : null);
  }
  if (!acknowledgedAt) {
    const notBefore = instance.progress.releases[machine.machineId]?.notBefore;
    return notBefore && now < notBefore ? rest(notBefore) : { do: 'delete-machine', machine, surplus };
  }
  const ignored = observedAt > addSeconds(acknowledgedAt, RELEASE_EFFECT_SECONDS) && observation.state !== 'removing';
  return ignored ? { do: 'delete-machine', machine, surplus } : rest(null);
};
