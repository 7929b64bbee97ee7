import type { Guard } from '../../../src/machines/domain/fleet-guard.js';
import type { Tag } from '../../../src/machines/domain/tag.js';
import type { Attempt, Snapshot } from '../../../src/novita-instances/domain/instance.js';
import type { Change } from '../../../src/novita-instances/store/instance-store.js';
import type { Promise_ } from '../callers.js';
import type { EventDto } from '../../../src/events/event.dto.js';
import type { SimMachine } from '../sim-machine.js';
import type { SimEndpoint } from '../webhooks/sim-endpoint.js';

/** The moments at which laws are checked. Each says what has just happened, or is about to. */
export interface Moments {
  /** A create request leaves a replica. The row of its attempt is looked up by the tag in its name. */
  createLeaves: { name: string; tag: Tag | null; attempt: Attempt | null };
  /** The same, for a create whose attempt is stored. */
  recordedCreateLeaves: { name: string; snapshot: Snapshot; attempt: Attempt };
  /** A start, stop, restart or delete leaves a replica, for a machine that an instance knows. */
  requestLeaves: { verb: string; machine: SimMachine; snapshot: Snapshot };
  /** Novita has made a machine for a create. `snapshot` is that of the instance that the tag names, if it is stored. */
  machineMade: { name: string; snapshot: Snapshot | null };
  /** Novita has done a start, stop, restart or delete. */
  requestDone: { verb: string; machine: SimMachine; owner: Snapshot | null };
  /** Novita is about to take a spot machine back. */
  machineTaken: { machine: SimMachine; snapshot: Snapshot };
  /** A create was answered. `earlierId`: the instance that an earlier answer to the same key named; `madeIn`: its project. */
  createAnswered: { key: string; earlierId: string | null; instanceId: string; projectId: string; madeIn: string };
  /** A command of a caller was carried out on an instance of another project. */
  foreignCommandTaken: { instanceId: string; action: string };
  /** A command was answered as one that has changed its instance, for the nth time with this idempotency key. */
  commandCarriedOut: { key: string; action: string; times: number };
  /** A change of an instance has been written. */
  committed: Change;
  /** The core has decided that a surplus machine is deleted. */
  condemned: { at: number };
  /** The guard has just been frozen. */
  frozen: NonNullable<Guard['frozen']>;
  /** A replica has logged an error. */
  alarmed: { what: string };
  /**
   * A process sends an event to a receiver. `takenAt`: when it took the delivery, in virtual milliseconds; null: never. `firstId`: as what the
   * event was sent there first.
   */
  deliveryLeaves: {
    endpoint: SimEndpoint;
    deliveryId: string;
    firstId: string;
    event: EventDto;
    takenAt: number | null;
  };
  /** A replica has taken a request with this key. `isTroubled`: its database has not answered it, or late, a moment ago. */
  keyTaken: { keyId: string; revokedAt: number | null; isTroubled: boolean };
  /** All deliveries that could be sent are: of each receiver. */
  receiverAtRest: { endpoint: SimEndpoint };
  /** Retention is about to delete an instance. */
  instanceForgotten: Snapshot;
  /** Retention is about to delete an attempt. */
  attemptForgotten: { instanceId: string; attempt: Attempt };
  /** The weather has been good for a while: of all machines together. */
  fleetAtRest: { at: number };
  /** The same, of each instance. */
  instanceAtRest: Snapshot;
  /** The same, of each create that was answered. */
  promiseAtRest: { promise: Promise_; snapshot: Snapshot | null };
  /** The same, of the deployment. */
  deploymentAtRest: { at: number };
}
