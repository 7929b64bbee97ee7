import type { EventDraft, InstanceEvent } from '../../events/event-log.js';
import type { Access, Attempt, Facts, Instance, Machine, Observation } from '../domain/instance.js';

/**
 * Everything that one decision changes, written in one transaction or not at all. The instance's version is the guard: when
 * somebody else wrote in between, nothing is written and the decision is taken again from the new facts.
 */
export interface Change {
  before: Instance;
  after: Instance;
  /** Inserted, or overwritten by number (never their `cleanPasses`, which the sweep counts). */
  attempts?: Attempt[];
  /** Inserted unless known. */
  machines?: Machine[];
  /** Machines that are proved gone. */
  buried?: string[];
  events?: EventDraft[];
  /** Who caused it: `caller` or `reconciler`. */
  actor: string;
  /** Wake the reconciler when this is committed. */
  nudge?: boolean;
}

export interface IdempotencyClaim {
  caller: string;
  key: string;
  /** Hash of what was asked, to tell a repetition from a mistake. */
  fingerprint: string;
}

export type CreateResult =
  | { kind: 'created'; facts: Facts }
  | { kind: 'replayed'; facts: Facts }
  | { kind: 'key-reused' }
  | { kind: 'name-taken' };

export type Replay = Extract<CreateResult, { kind: 'replayed' | 'key-reused' }>;

export interface InstanceQuery {
  status?: string[];
  name?: string;
  region?: string;
  labels?: Record<string, string>;
  /** Only instances older than this id; newest come first. */
  beforeId?: string;
  limit: number;
}

/** What a look at one machine showed, traced to its instance by the tag. */
export interface Sighting {
  machineId: string;
  instanceId: string;
  attemptNumber: number;
  /**
   * How it was traced: by the tag in its name, by the tag in its environment only, or because we hold its id. A person's copy of
   * our machine has our environment, so the second counts for a machine that is new to us only while a create is unanswered.
   */
  by: 'name' | 'environment' | 'id';
  observation: Observation;
  /** Null when this look could not show it: what is known is kept. */
  access: Access | null;
}

/** A live machine as the fleet watch needs it. */
export interface WatchedMachine {
  machineId: string;
  instanceId: string;
  observedAt: Date;
  closely: boolean;
  /** Runs, but how to get into it is not known yet. */
  lacksAccess: boolean;
  /** Runs, but an endpoint has no address yet. */
  lacksAddress: boolean;
  /** A look by id did not find it, and no delete of ours explains that. */
  missing: boolean;
}

/** The only place where instances, attempts, machines and their events are kept. */
export interface InstanceStore {
  create(instance: Instance, events: EventDraft[], claim: IdempotencyClaim | null): Promise<CreateResult>;
  /** What an earlier request with this key made; null when there was none. */
  findByKey(claim: IdempotencyClaim): Promise<Replay | null>;
  load(instanceId: string): Promise<Facts | null>;
  /** By id (also a deleted one), or by the name of an instance that is not deleted. */
  find(idOrName: string): Promise<Facts | null>;
  list(query: InstanceQuery): Promise<Facts[]>;
  /** Events after a number, oldest first. */
  events(instanceId: string, afterSeq: number, limit: number): Promise<InstanceEvent[]>;
  /** False when `before.version` is no longer the stored one: nothing was written. */
  commit(change: Change): Promise<boolean>;

  /**
   * When the reconciler wants to be woken for this instance, and how closely its machines are to be watched meanwhile. Nothing
   * is written when the instance has changed since: whoever changed it has another wake-up in mind.
   */
  rest(instance: Pick<Instance, 'id' | 'version'>, wakeAt: Date | null, watchClosely: boolean): Promise<void>;
  /** Ids whose time has come. Their wake-up is moved to `again`, so that a lost nudge is repeated. */
  claimDue(now: Date, again: Date, limit: number): Promise<string[]>;
  nudge(instanceIds: string[]): Promise<void>;

  watchedMachines(): Promise<WatchedMachine[]>;
  /** Creates whose outcome is unknown, or that have been under way since before then: while there are any, the fleet is listed. */
  countOpenAttempts(sentBefore: Date): Promise<number>;
  /**
   * Records what was seen, and nudges, in the same transaction, the instances for which it is news; answers with their ids.
   * Looks older than what is known change nothing. A machine that its instance does not hold is news at every look.
   */
  recordSightings(sightings: Sighting[], lookedAt: Date): Promise<string[]>;
  /** Novita said, to a look by id, that it knows no such machine. Answers with the instance's id, nudged, when that is news. */
  recordMissing(machineId: string, lookedAt: Date): Promise<string | null>;
  recordReleaseAcknowledged(machineId: string, at: Date): Promise<void>;
  /** A complete pass began at `startedAt` and is over: unanswered creates older than that were not in it. */
  recordCleanPass(startedAt: Date, spacingSeconds: number): Promise<void>;

  /** Takes or renews a lease for one holder among all replicas. */
  takeLease(name: string, holder: string, seconds: number): Promise<boolean>;
  releaseLease(name: string, holder: string): Promise<void>;
}

/** DI token for the {@link InstanceStore}. */
export const INSTANCE_STORE = Symbol('INSTANCE_STORE');
