import type { Machine } from '../../machines/domain/machine.js';
import type { AttemptState } from '../../vocabulary/attempt-state.js';
import type { DesiredState } from '../../vocabulary/desired-state.js';
import type { InstanceSpec } from './instance-spec.js';
import type { OfferTaken } from '../../placement/offer.js';
import type { Progress } from './progress.js';
import type { ReconcileTrouble } from './reconcile-trouble.js';
import type { Replacement } from './replacement-progress.js';
import type { SpecUpdate } from './spec-update-progress.js';

/** What is known of one instance: what is wanted, what was sent to Novita for it, and what was seen there. */

/** What follows `ins_` is a ULID. */
export const INSTANCE_ID = /^ins_[0-9A-HJKMNP-TV-Z]{26}$/;

export interface Instance {
  id: string;
  projectId: string;
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
  /** The current machine. */
  machineId: string | null;
  /** The replacement of the current machine that is under way. */
  replacement: Replacement | null;
  /** The last change of what its machine is to be. Null: it is as it was bought. */
  update: SpecUpdate | null;
  createdAt: Date;
  updatedAt: Date;
  deletedAt: Date | null;
  /** Parts of the stored row that could not be read; defaults stand in their place. Never stored. Absent: all could be read. */
  unreadable?: readonly UnreadablePart[];
}

/** `envs`: sealed by a key that is not known, or changed. The others: JSON of another shape. */
export type UnreadablePart = 'envs' | 'spec' | 'progress' | 'replacement' | 'update';

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
export interface Snapshot {
  instance: Instance;
  attempts: Attempt[];
  machines: Machine[];
  /** Passes of the reconciler over the instance that threw; the planner never reads them. Absent: none. */
  trouble?: ReconcileTrouble;
  /** What this is a view of: see replacement.ts. Absent: it is the whole instance. */
  base?: Snapshot;
}

/**
 * How many attempts an answer shows: the last ones. An instance that waits for capacity makes hundreds. Read with them are those in
 * doubt, and those of machines that are there: what an instance is doing, and what it costs, follows from these.
 */
export const SHOWN_ATTEMPTS = 20;

export const boundMachine = (snapshot: Snapshot): Machine | null =>
  snapshot.machines.find((machine) => machine.machineId === snapshot.instance.machineId) ?? null;

/** The offer by which the machine was bought. Null: its create is not on record. */
export const offerOf = ({ attempts }: Snapshot, { attemptNumber }: Machine): OfferTaken | null =>
  attempts.find(({ number }) => number === attemptNumber)?.offer ?? null;

/** Attempts whose outcome is not known: while there is one, a machine may exist or appear. */
export const openAttempts = (snapshot: Snapshot): Attempt[] =>
  snapshot.attempts.filter((attempt) => attempt.state === 'SENDING' || attempt.state === 'AMBIGUOUS');
