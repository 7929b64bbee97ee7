import type { EventDraft, InstanceEvent } from '../../events/event-log.js';
import type { Census, Guard } from '../domain/fleet-guard.js';
import type { Access, Attempt, Facts, Instance, Machine, MachineMake, Observation } from '../domain/instance.js';

/**
 * Everything that one decision changes, written in one transaction or not at all. The instance's version is the guard: when
 * somebody else wrote in between, nothing is written and the decision is taken again from the new facts.
 */
export interface Change {
  before: Instance;
  after: Instance;
  /** Inserted, or overwritten by number (never what the sweep counts: `cleanPasses`, `lastCleanPassAt`). */
  attempts?: Attempt[];
  /** Inserted unless known. */
  machines?: Machine[];
  /** Machines that are proved gone. */
  buried?: string[];
  /** Machines that are to be given back although, or because, the instance does not hold them. */
  condemned?: string[];
  events?: EventDraft[];
  /** Who caused it: `caller`, `operator` or `reconciler`. */
  actor: string;
  /** Wake the reconciler when this is committed. */
  nudge?: boolean;
  /** As {@link InstanceStore.rest} would say next. A nudge is sooner. */
  rest?: Rest;
}

/** When the reconciler wants to be woken for an instance (null: never), and how closely its machines are watched meanwhile. */
export interface Rest {
  wakeAt: Date | null;
  watchClosely: boolean;
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
  | { kind: 'name-taken' }
  | { kind: 'id-taken' };

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

export interface InstancePage {
  /** No more than were asked for; fewer when they are large, so that a page stays within a bound of bytes. */
  facts: Facts[];
  hasMore: boolean;
}

/** What a look at one machine showed, traced to its instance by the tag. */
export interface Sighting {
  machineId: string;
  instanceId: string;
  attemptNumber: number;
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

/** What is remembered of a machine that no row of ours explains, as a look showed it. */
export interface Stranger {
  machineId: string;
  name: string;
  /** By its tag, when that is valid: the instance is not in this database. Null: the machine is not ours. */
  instanceId: string | null;
  attemptNumber: number | null;
  /** By the tag in its environment, when its name carries none; null: there is none. A person's copy of our machine carries it too. */
  envInstanceId: string | null;
  envAttemptNumber: number | null;
  observation: Observation;
  /** What it is made of, as far as Novita says: enough to take it in, and to say what it costs. */
  make: MachineMake;
}

export interface KnownStranger extends Stranger {
  firstSeenAt: Date;
  lastSeenAt: Date;
  /** A person has said that it may be left alone and is no news. */
  ignored: boolean;
}

/**
 * As what a machine stands in the database: `held` by its instance; a `stray` of an instance that does not hold it; a stranger
 * with a valid tag (`lost`), with one in its environment only (`suspect`), or without (`foreign`).
 */
export const FLEET_SORTS = ['held', 'stray', 'lost', 'suspect', 'foreign'] as const;
export type FleetSort = (typeof FLEET_SORTS)[number];

export interface FleetMember {
  machineId: string;
  /** Null: a stranger. */
  instanceId: string | null;
}

/** The first machine of an instance that is made for it, and not the other way round. */
export interface Birth {
  attempts: Attempt[];
  machines: Machine[];
}

export interface Pass {
  startedAt: Date;
  /** Ids of all machines that it showed. */
  seen: string[];
  /** Two passes that count for one create are at least so far apart. */
  spacingSeconds: number;
}

/** The only place where instances, attempts, machines and their events are kept. */
export interface InstanceStore {
  /** `birth`: written in the same transaction, for an instance that is made around a machine. */
  create(
    instance: Instance,
    events: EventDraft[],
    claim: IdempotencyClaim | null,
    birth?: Birth,
  ): Promise<CreateResult>;
  /** What an earlier request with this key made; null when there was none. */
  findByKey(claim: IdempotencyClaim): Promise<Replay | null>;
  load(instanceId: string): Promise<Facts | null>;
  /** Those of these ids that are instances, in no particular order. */
  loadAll(instanceIds: string[]): Promise<Facts[]>;
  /** By id (also a deleted one), or by the name of an instance that is not deleted. */
  find(idOrName: string): Promise<Facts | null>;
  list(query: InstanceQuery): Promise<InstancePage>;
  /** Events after a number, oldest first. */
  events(instanceId: string, afterSeq: number, limit: number): Promise<InstanceEvent[]>;
  /** False when `before.version` is no longer the stored one: nothing was written. */
  commit(change: Change): Promise<boolean>;

  /** Nothing is written when the instance has changed since: whoever changed it has another wake-up in mind. */
  rest(instance: Pick<Instance, 'id' | 'version'>, rest: Rest): Promise<void>;
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
  /** Of these machines, those that an instance of ours has or had, with its id: gone ones too, since they may come back renamed. */
  ownersOf(machineIds: string[]): Promise<Map<string, string>>;
  /** Those of these ids that are instances of ours, deleted ones too. */
  knownInstances(instanceIds: string[]): Promise<Set<string>>;
  /** Machines that were seen and that no row explains. Looks older than what is known change nothing. */
  recordStrangers(strangers: Stranger[], lookedAt: Date): Promise<void>;
  /**
   * A complete pass is over: counts it for every unanswered create older than it (all that it showed has been recorded), forgets
   * the strangers that have not been seen for long, and counts the fleet.
   */
  concludePass(pass: Pass): Promise<Census>;
  /**
   * Machines of these sorts whose ids come after this one, in the order of ids, `limit` at most: live ones of instances, and
   * strangers.
   */
  fleetAfter(machineId: string, sorts: FleetSort[], limit: number): Promise<FleetMember[]>;
  /** Those of these ids that are strangers, in the order of ids. */
  strangers(machineIds: string[]): Promise<KnownStranger[]>;
  /** False: there is no such stranger. */
  ignoreStranger(machineId: string): Promise<boolean>;
  /** It has become a machine of ours, or has been proved gone. */
  forgetStranger(machineId: string): Promise<void>;

  guard(): Promise<Guard>;
  /** Applies `change` to the guard as it is now, nobody else writing meanwhile; null leaves it. Answers with what it is then. */
  changeGuard(change: (guard: Guard) => Guard | null): Promise<Guard>;
  /**
   * Condemns a machine by the code's own judgement, unless as many as `limitOf(live machines)` were since then: false, and nothing
   * is written. A machine that is condemned already stays so and counts once.
   */
  condemnByCode(machineId: string, at: Date, since: Date, limitOf: (fleet: number) => number): Promise<boolean>;

  /** Takes or renews a lease for one holder among all replicas. */
  takeLease(name: string, holder: string, seconds: number): Promise<boolean>;
  releaseLease(name: string, holder: string): Promise<void>;
}

/** DI token for the {@link InstanceStore}. */
export const INSTANCE_STORE = Symbol('INSTANCE_STORE');
