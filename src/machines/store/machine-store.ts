import type { Access, MachineMake, Observation } from '../domain/machine.js';
import type { Census } from '../domain/fleet-guard.js';

/** What a look at one machine showed, traced to its instance by the tag. */
export interface ObservedMachine {
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
 * As what a machine stands in the database: `held` by its instance; a `surplus` of an instance that does not hold it; a stranger
 * with a valid tag (`lost`), with one in its environment only (`suspect`), or without (`foreign`).
 */
export const FLEET_SORTS = ['held', 'surplus', 'lost', 'suspect', 'foreign'] as const;
export type FleetSort = (typeof FLEET_SORTS)[number];

export interface FleetMember {
  machineId: string;
  /** Null: a stranger. */
  instanceId: string | null;
}

export interface Pass {
  startedAt: Date;
  /** Ids of all machines that it showed. */
  seen: string[];
  /** Two passes that count for one create are at least so far apart. */
  spacingSeconds: number;
}

/** What exists at Novita, as it was last seen: machines of instances, and strangers. Knows the instances by their ids only. */
export interface MachineStore {
  watchedMachines(): Promise<WatchedMachine[]>;
  /** Creates whose outcome is unknown, or that have been under way since before then: while there are any, the fleet is listed. */
  countOpenAttempts(sentBefore: Date): Promise<number>;
  /**
   * Records what was seen, and nudges, in the same transaction, the instances for which it is news; answers with their ids.
   * Looks older than what is known change nothing. A machine that its instance does not hold is news at every look.
   */
  recordObservations(observedMachines: ObservedMachine[], lookedAt: Date): Promise<string[]>;
  /** Novita said, to a look by id, that it knows no such machine. Answers with the instance's id, nudged, when that is news. */
  recordMissing(machineId: string, lookedAt: Date): Promise<string | null>;
  recordDeleteAcknowledged(machineId: string, at: Date): Promise<void>;
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
}

/** DI token for the {@link MachineStore}. */
export const MACHINE_STORE = Symbol('MACHINE_STORE');
