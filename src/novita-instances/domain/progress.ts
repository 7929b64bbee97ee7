import Type, { type Static } from 'typebox';
import { EndpointShape } from '../../machines/domain/machine.js';
import { OfferTakenShape } from '../../placement/offer.js';
import type { FailureCode } from '../../vocabulary/failure-code.js';
import { nullable, SpanShape, Time, word } from '../../vocabulary/shape.js';
import type { ReplacementDelay } from '../../vocabulary/replacement-delay.js';
import type { WaitReason } from '../../vocabulary/wait-reason.js';

/** How far an instance has come. Stored as JSON: a field that is added here needs a default, since rows of older code lack it. */

/** Why an instance rests in `failed`, and what becomes of its machine meanwhile. */
const FailureShape = Type.Object({
  code: word<FailureCode>(),
  /** A sentence that a person can act on. */
  message: Type.String(),
  at: Time,
  /** `stop` keeps the disk and ends the GPU's bill; `release` deletes the machine. */
  machine: word<'stop' | 'release'>(),
});
export type Failure = Static<typeof FailureShape>;

/** What tells one run of a machine from another. */
const RunMarkShape = Type.Object({
  changedAt: Time,
  startedAt: nullable(Type.String()),
  endpoints: Type.Array(EndpointShape),
});
export type RunMark = Static<typeof RunMarkShape>;

/** A start, stop, restart or migrate that was sent to Novita, so that it is not sent again at every pass. */
export const SentActionShape = Type.Object({
  verb: word<'start' | 'stop' | 'restart' | 'migrate'>(),
  generation: Type.Integer(),
  /** When it was sent, and from then on when it was acknowledged: only a look that began later can show its effect. */
  sentAt: Time,
  acknowledged: Type.Boolean(),
  /** How often it was sent since the workload last answered. */
  tries: Type.Integer(),
  /** How many of those were acknowledged. */
  acknowledgements: Type.Integer(),
  /** Not before this time again; set from back-off or Novita's Retry-After. */
  notBefore: Time,
  /** Novita's reason for refusing the last try. */
  refusal: nullable(Type.String()),
  /** Whether the refusal has nothing to do with this machine (an outage, a revoked key, no balance), and will pass. */
  isPassing: Type.Boolean(),
  /** Whether the last try may have been done: no answer came, or its answer does not tell. */
  doubtful: Type.Boolean({ default: false }),
  /** How many tries may have been done without a look having shown it. */
  unseen: Type.Integer(),
  /** Restart: how the machine looked before the first try. Null: not known. */
  before: Type.Union([RunMarkShape, Type.Null()], { default: null }),
});
export type SentAction = Static<typeof SentActionShape>;

/** The last delete of a machine that Novita was asked for, so that a refusal is not met again at once and told only once. */
const ReleaseTryShape = Type.Object({
  /** When the first delete was sent since the instance was last told what to do. */
  since: Time,
  tries: Type.Integer(),
  /** Not before this time again. */
  notBefore: Time,
  /** What became of it: `acknowledged`, `rejected INSTANCE_LOCKED`, … */
  outcome: Type.String(),
  /** What Novita said, or why nothing could be sent; null when it said nothing more. */
  said: Type.Union([Type.String(), Type.Null()], { default: null }),
});
export type ReleaseTry = Static<typeof ReleaseTryShape>;

export const ReadinessProgressShape = Type.Object({
  verdict: word<'unknown' | 'ready' | 'unready'>(),
  /** Since when the machine has been seen running without a break; null while it is not. */
  runningSince: nullable(Time),
  readyAt: nullable(Time),
  successes: Type.Integer(),
  failures: Type.Integer(),
  nextProbeAt: nullable(Time),
  /** What the last failed probe met, for people. */
  lastFailure: nullable(Type.String()),
  /** Since when every probe has been answered well. Null: the last one was not, or an earlier release wrote this. */
  successSince: Type.Union([Time, Type.Null()], { default: null }),
  /** When the verdict lately changed from ready to unready, or back: see flapping.ts. */
  turns: Type.Array(Time, { default: [] }),
});
export type ReadinessProgress = Static<typeof ReadinessProgressShape>;

export const PlacementProgressShape = Type.Object({
  /** Attempts of one round each take another offer; a new round may take them again. */
  round: Type.Integer(),
  since: Time,
  notBefore: nullable(Time),
  /** Why nothing is being bought now: `capacity`, `balance`, … */
  waitingFor: nullable(word<WaitReason>()),
  detail: nullable(Type.String()),
  /** Since when it waits for something that is not capacity; that time does not count against the deadline. */
  heldSince: nullable(Time),
  /** Whether it has found no free offer, and waits to be handed one: see capacity-wait.ts. */
  awaitsOffer: Type.Boolean({ default: false }),
  /** The free offer that it was handed, and when. Null: it was handed none. */
  handed: Type.Union([Type.Object({ offer: OfferTakenShape, at: Time }), Type.Null()], { default: null }),
});
export type PlacementProgress = Static<typeof PlacementProgressShape>;

/** The search for an offer, from its beginning. */
export const newPlacement = (round: number, since: Date): PlacementProgress => ({
  round,
  since,
  notBefore: null,
  waitingFor: null,
  detail: null,
  heldSince: null,
  awaitsOffer: false,
  handed: null,
});

/** Novita takes a spot machine back, or has taken it. */
const ReclaimShape = Type.Object({
  /** When its notice was first seen. Null: it was taken without one. */
  noticedAt: nullable(Time),
  /** When Novita takes it. Null: it was taken without a notice. */
  deadline: nullable(Time),
  /** Whether Novita has named no deadline, and an hour from the notice stands in its place. */
  isAssumed: Type.Boolean(),
  /** When it was seen that Novita has taken it. Its data is lost. */
  takenAt: nullable(Time),
  /** How many replacements of it have failed, and when the next one may begin. */
  failures: Type.Integer(),
  notBefore: nullable(Time),
});
export type Reclaim = Static<typeof ReclaimShape>;

/** A machine that has failed, and that the request wants to be replaced: see recovery.ts. */
const BrokenShape = Type.Object({
  machineId: Type.String(),
  code: word<FailureCode>(),
  message: Type.String(),
  at: Time,
  /** Why its replacement does not begin yet, and when it may. Null: nothing holds it up. */
  delay: nullable(Type.Object({ why: word<ReplacementDelay>(), until: Time })),
});
export type Broken = Static<typeof BrokenShape>;

/** The replacements of machines that have failed. */
const RecoveryShape = Type.Object({
  /** When those of the last hour began, or may begin, the oldest first. */
  begun: Type.Array(Time),
  /** How many of them in a row brought no machine that worked for a while. */
  inVain: Type.Integer(),
  /** When a machine last failed. Null: none has since a caller last said what to do. */
  failedAt: nullable(Time),
});
export type Recovery = Static<typeof RecoveryShape>;

/** Changed only by the reconciler and by commands, under the instance's version. */
export const ProgressShape = Type.Object({
  /** When what is wanted last changed: deadlines run from here. */
  wantedAt: Time,
  placement: PlacementProgressShape,
  /** Times since then that are over and in which nothing could be done: they count against no deadline. */
  heldUp: Type.Array(SpanShape),
  action: nullable(SentActionShape),
  /** By machine id. */
  releases: Type.Record(Type.String(), ReleaseTryShape),
  /** By machine id: of the current machine, of its successor, and of the last machine that Novita has taken. */
  reclaims: Type.Record(Type.String(), ReclaimShape, { default: {} }),
  /** The highest numbered restart that Novita has acknowledged. */
  restartsDone: Type.Integer(),
  readiness: ReadinessProgressShape,
  failure: nullable(FailureShape),
  /** The last machine that was judged broken. It counts as long as the instance has it, or has no other machine. */
  broken: Type.Union([BrokenShape, Type.Null()], { default: null }),
  recovery: Type.Union([RecoveryShape, Type.Null()], { default: null }),
  /** Why the image cannot be pulled, as a new machine has shown. Nothing is bought until a caller says so. Null: nothing shows that. */
  unpullable: Type.Union([Type.String(), Type.Null()], { default: null }),
  /** What took far too long and has been told: see overdue.ts. */
  overdueTold: Type.Array(Type.String(), { default: [] }),
  /** What the machine was expected to cost per hour when the instance was asked for, in 1/100000 USD. Null: not known. */
  expectedPricePerHour: Type.Union([Type.Integer(), Type.Null()], { default: null }),
});
export type Progress = Static<typeof ProgressShape>;

export const NO_READINESS: ReadinessProgress = {
  verdict: 'unknown',
  runningSince: null,
  readyAt: null,
  successes: 0,
  failures: 0,
  nextProbeAt: null,
  lastFailure: null,
  successSince: null,
  turns: [],
};
