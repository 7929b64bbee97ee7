import type { EventDraft } from '../../events/event-catalogue.js';
import type { StoredEvent } from '../../events/event-log.js';
import type { Cause, Principal } from '../../vocabulary/principal.js';
import type { InstanceChange, Rest } from '../transitions/instance-change.js';
import type { IdempotencyKey } from '../../http/idempotency.js';
import type { Within } from '../../vocabulary/project.js';
import type { Machine } from '../../machines/domain/machine.js';
import type { Webhook } from '../../webhooks/domain/webhook.js';
import type { Attempt, Snapshot, Instance } from '../domain/instance.js';

/**
 * Everything that one decision changes, written in one transaction or not at all. The instance's version is the guard: when
 * somebody else wrote in between, nothing is written and the decision is taken again from the new snapshot.
 */
export interface Change extends Omit<InstanceChange, 'instance' | 'progress'> {
  before: Instance;
  after: Instance;
  actor: Principal;
  /** Of the request that caused it. Left out: no request did. */
  requestId?: Cause['requestId'];
  /** Remembered with the change. When the key is known already, nothing is written. */
  claim?: IdempotencyClaim | null;
}

export interface IdempotencyClaim extends IdempotencyKey {
  caller: string;
  /** Of what an earlier release compares. Left out: it compares nothing. */
  earlierFingerprint?: string;
}

export type CreateResult =
  | { kind: 'created'; snapshot: Snapshot }
  | { kind: 'replayed'; snapshot: Snapshot }
  | { kind: 'key-reused' }
  | { kind: 'name-taken' }
  | { kind: 'id-taken' };

export type Replay = Extract<CreateResult, { kind: 'replayed' | 'key-reused' }>;

export interface InstanceQuery {
  within: Within;
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
  snapshots: Snapshot[];
  hasMore: boolean;
}

/** The first machine of an instance that is made for it, and not the other way round. */
export interface Birth {
  attempts: Attempt[];
  machines: Machine[];
}

/** The only place where instances, attempts, machines and their events are kept. */
export interface InstanceStore {
  /**
   * @param birth written in the same transaction, for an instance that is made around a machine. No limit holds for it: its machine is
   *   there, and is paid for.
   * @param webhook the endpoint that belongs to the instance, written in the same transaction
   * @throws DomainError QUOTA_EXCEEDED
   */
  create(
    instance: Instance,
    events: EventDraft[],
    claim: IdempotencyClaim | null,
    cause: Cause,
    birth?: Birth,
    webhook?: Webhook,
  ): Promise<CreateResult>;
  /** What an earlier request with this key made; null when there was none. */
  findByKey(claim: IdempotencyClaim): Promise<Replay | null>;
  /** Remembers a request that changed nothing. False: the key is known already, and stays as it is. */
  remember(claim: IdempotencyClaim, instanceId: string): Promise<boolean>;
  load(instanceId: string): Promise<Snapshot | null>;
  /** Those of these ids that are instances, in no particular order. */
  loadAll(instanceIds: string[]): Promise<Snapshot[]>;
  /**
   * By id (also a deleted one), or by the name of an instance that is not deleted. Names belong to a project: to a sender that sees all
   * projects, a name means the instance of the default project.
   */
  find(idOrName: string, within: Within): Promise<Snapshot | null>;
  list(query: InstanceQuery): Promise<InstancePage>;
  /** Events after a number, oldest first. */
  events(instanceId: string, afterSeq: number, limit: number): Promise<StoredEvent[]>;
  /**
   * @returns false when `before.version` is no longer the stored one, or the claim's key is known: nothing was written
   * @throws DomainError QUOTA_EXCEEDED for a change with a `pricePerHour` that is over a limit; nothing was written
   */
  commit(change: Change): Promise<boolean>;

  /** Nothing is written when the instance has changed since: whoever changed it has another wake-up in mind. */
  rest(instance: Pick<Instance, 'id' | 'version'>, rest: Rest): Promise<void>;
  /** Ids whose time has come. Their wake-up is moved to `again`, so that a lost nudge is repeated. */
  claimDue(now: Date, again: Date, limit: number): Promise<string[]>;
  nudge(instanceIds: string[]): Promise<void>;
}

/** DI token for the {@link InstanceStore}. */
export const INSTANCE_STORE = Symbol('INSTANCE_STORE');

/** Whether a request that claims a known key is the request that the key came with. */
export const isSameRequest = (
  known: { fingerprint: string; requestFingerprint: string | null },
  { fingerprint, earlierFingerprint = fingerprint }: IdempotencyClaim,
): boolean => known.requestFingerprint === fingerprint || known.fingerprint === earlierFingerprint;
