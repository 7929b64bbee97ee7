import type { Endpoint, Machine } from '../../machines/domain/machine.js';
import type { Span } from '../../time/held-up.js';
import type { BillingMode } from '../../vocabulary/billing-mode.js';
import type { Protocol } from '../../vocabulary/protocol.js';
import type { WaitReason } from '../../vocabulary/wait-reason.js';
import type { ReconcileTrouble } from './reconcile-trouble.js';

/** The facts about one instance: what is wanted, what was sent to Novita for it, and what was seen there. */

/** What follows `ins_` is a ULID. */
export const INSTANCE_ID = /^ins_[0-9A-HJKMNP-TV-Z]{26}$/;

export type DesiredState = 'running' | 'stopped' | 'deleted';

export interface Port {
  port: number;
  protocol: Protocol;
}

export interface EnvVar {
  key: string;
  value: string;
}

/** How one port is asked whether the workload answers. */
export type ProbeSpec =
  | { port: number; type: 'http'; path: string; accept: StatusRange[] }
  | { port: number; type: 'tcp' }
  | { port: number; type: 'none' };

export interface StatusRange {
  from: number;
  to: number;
}

export interface ReadinessSpec {
  /** Null: derived from the machine's ports. */
  probes: ProbeSpec[] | null;
  initialDelaySeconds: number;
  intervalSeconds: number;
  timeoutSeconds: number;
  successThreshold: number;
  failureThreshold: number;
  /** From `running` to the first good answer. Absent: as long as the operator's policy says. */
  readyWithinSeconds?: number;
}

/** What the caller asked for. Never changed by us. */
export interface InstanceSpec {
  productName: string;
  templateId: string | null;
  image: string | null;
  command: string | null;
  ports: Port[] | null;
  envs: EnvVar[];
  registryAuthId: string | null;
  gpuNum: number;
  /** Null: the template's, or 60. */
  rootfsSizeGb: number | null;
  /** Region ids, codes or names, in the caller's words; empty means anywhere. */
  regions: string[];
  billingMode: BillingMode;
  /** Cap in 1/100000 USD per GPU and hour; null means any price. */
  maxPricePerGpuHour: number | null;
  labels: Record<string, string>;
  readiness: ReadinessSpec;
  /** When nobody can say whether a create came true: look for its machine, or fail at once and give it back if it appears. */
  onAmbiguous: 'wait' | 'fail';
}

/** Why an instance rests in `failed`, and what becomes of its machine meanwhile. */
export interface Failure {
  code: FailureCode;
  /** A sentence that a person can act on. */
  message: string;
  at: Date;
  /** `stop` keeps the disk and ends the GPU's bill; `release` gives the machine back. */
  machine: 'stop' | 'release';
}

export type FailureCode =
  | 'NO_CAPACITY'
  | 'NO_OFFER'
  | 'TEMPLATE_NOT_FOUND'
  | 'REQUEST_REJECTED'
  | 'QUOTA_REACHED'
  | 'CREATE_UNCERTAIN'
  | 'PROVISION_TIMEOUT'
  | 'START_TIMEOUT'
  | 'STOP_TIMEOUT'
  | 'READINESS_TIMEOUT'
  | 'MACHINE_FAILED'
  | 'MACHINE_LOST'
  | 'STATE_UNREADABLE';

/** A start, stop or restart that was sent to Novita, so that it is not sent again at every look. */
export interface SentAction {
  verb: 'start' | 'stop' | 'restart';
  generation: number;
  /** When it was sent, and from then on when it was acknowledged: only a look that began later can show its effect. */
  sentAt: Date;
  acknowledged: boolean;
  /** How often it was sent since the workload last answered. */
  tries: number;
  /** How many of those were acknowledged. */
  acknowledgements: number;
  /** Not before this time again; set from back-off or Novita's Retry-After. */
  notBefore: Date;
  /** Novita's reason for refusing the last try. */
  refusal: string | null;
  /** Whether that has nothing to do with this machine (an outage, a revoked key, no balance) and is over some day. */
  isPassing: boolean;
  /** Whether the last try may have been done: no answer came, or its answer does not tell. */
  doubtful: boolean;
  /** How many tries may have been done without a look having shown it. */
  unseen: number;
  /** Restart: how the machine looked before the first try. Null: not known. */
  before: RunMark | null;
}

/** What tells one run of a machine from another. */
export interface RunMark {
  changedAt: Date;
  startedAt: string | null;
  endpoints: Endpoint[];
}

/** The last delete of a machine that Novita was asked for, so that a refusal is not met again at once and told only once. */
export interface ReleaseTry {
  /** When the first was sent that the present wish led to. */
  since: Date;
  tries: number;
  /** Not before this time again. */
  notBefore: Date;
  /** What became of it: `acknowledged`, `rejected INSTANCE_LOCKED`, … */
  outcome: string;
  /** What Novita said, or why nothing could be sent; null when it said nothing more. */
  said: string | null;
}

export interface ReadinessProgress {
  verdict: 'unknown' | 'ready' | 'unready';
  /** Since when the machine has been seen running without a break; null while it is not. */
  runningSince: Date | null;
  readyAt: Date | null;
  successes: number;
  failures: number;
  nextProbeAt: Date | null;
  /** What the last failed probe met, for people. */
  lastFailure: string | null;
}

export interface PlacementProgress {
  /** Attempts of one round each take another offer; a new round may take them again. */
  round: number;
  since: Date;
  notBefore: Date | null;
  /** Why nothing is being bought now: `capacity`, `balance`, … */
  waitingFor: WaitReason | null;
  detail: string | null;
  /** Since when it waits for something that is not capacity; that time does not count against the deadline. */
  heldSince: Date | null;
}

/** How far we have come. Changed only by the reconciler and by verbs, under the instance's version. */
export interface Progress {
  /** When what is wanted last changed: deadlines run from here. */
  wantedAt: Date;
  placement: PlacementProgress;
  /** Times since then that are over and in which nothing could be done: they count against no deadline. */
  heldUp: Span[];
  action: SentAction | null;
  /** By machine id. */
  releases: Record<string, ReleaseTry>;
  /** The highest numbered restart that Novita has acknowledged. */
  restartsDone: number;
  readiness: ReadinessProgress;
  failure: Failure | null;
  /** What took far too long and has been told: see overdue.ts. */
  overdueTold: string[];
}

export interface Instance {
  id: string;
  name: string;
  spec: InstanceSpec;
  desired: DesiredState;
  /** Counts changes of what is wanted. */
  generation: number;
  /** Counts restarts that were asked for: a restart is an event, not a state, so it is numbered. */
  restartGeneration: number;
  /** Counts writes: every write names the one it is based on. */
  version: number;
  lastEventSeq: number;
  progress: Progress;
  /** The status that callers were last told. */
  toldStatus: string;
  machineId: string | null;
  createdAt: Date;
  updatedAt: Date;
  deletedAt: Date | null;
  /** Parts of the stored row that could not be read; defaults stand in their place. Never stored. Absent: all could be read. */
  unreadable?: readonly UnreadablePart[];
}

/** `envs`: sealed by a key that is not known, or changed. The others: JSON of another shape. */
export type UnreadablePart = 'envs' | 'spec' | 'progress';

export interface OfferTaken {
  productId: string;
  productName: string;
  regionId: string;
  regionName: string;
  billingMode: BillingMode;
  /** 1/100000 USD. */
  pricePerGpuHour: number;
}

export type AttemptState = 'SENDING' | 'ACCEPTED' | 'REJECTED' | 'AMBIGUOUS' | 'ABSENT' | 'NOT_SENT' | 'SUPERSEDED';

/** One create request. Committed before it leaves. */
export interface Attempt {
  number: number;
  tag: string;
  round: number;
  offer: OfferTaken;
  state: AttemptState;
  reason: string | null;
  message: string | null;
  machineId: string | null;
  sentAt: Date;
  /** Before this time an unanswered create may still come true. */
  settleAfter: Date;
  decidedAt: Date | null;
  /** Complete sweeps since `sentAt` that did not show the tag. */
  cleanPasses: number;
  /** When the last of them began. */
  lastCleanPassAt: Date | null;
}

/** One instance with everything known about it: what the decisions are made from. */
export interface Facts {
  instance: Instance;
  attempts: Attempt[];
  machines: Machine[];
  /** Passes of the reconciler over the instance that threw; the planner never reads them. Absent: none. */
  trouble?: ReconcileTrouble;
}

/**
 * How many attempts an answer shows: the last ones. An instance that waits for capacity makes hundreds. Read with them are those in
 * doubt, and those of machines that are there: what an instance is doing, and what it costs, follows from these.
 */
export const SHOWN_ATTEMPTS = 20;

export const boundMachine = (facts: Facts): Machine | null =>
  facts.machines.find((machine) => machine.machineId === facts.instance.machineId) ?? null;

/** Attempts whose outcome is not known: while there is one, a machine may exist or appear. */
export const openAttempts = (facts: Facts): Attempt[] =>
  facts.attempts.filter((attempt) => attempt.state === 'SENDING' || attempt.state === 'AMBIGUOUS');

export const NO_READINESS: ReadinessProgress = {
  verdict: 'unknown',
  runningSince: null,
  readyAt: null,
  successes: 0,
  failures: 0,
  nextProbeAt: null,
  lastFailure: null,
};
