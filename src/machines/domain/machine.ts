import Type, { type Static } from 'typebox';
import type { BillingMode } from '../../vocabulary/billing-mode.js';
import type { Protocol } from '../../vocabulary/protocol.js';
import { nullable, word } from '../../vocabulary/shape.js';

/** What exists at Novita: a machine, and what an observation of it shows. */

export type MachineState =
  | 'queued'
  | 'creating'
  | 'pulling'
  | 'starting'
  | 'running'
  | 'stopping'
  | 'exited'
  | 'migrating'
  | 'freezing'
  | 'removing'
  | 'removed'
  | 'unknown';

export const EndpointShape = Type.Object({
  port: Type.Integer(),
  protocol: word<Protocol>(),
  address: nullable(Type.String()),
});
export type Endpoint = Static<typeof EndpointShape>;

export type SpotState = 'running' | 'notified' | 'reclaiming' | 'terminated';

/** What a look at a machine showed, without secrets. */
export const ObservationShape = Type.Object({
  state: word<MachineState>(),
  statusWord: Type.String(),
  failure: nullable(Type.Object({ code: Type.String(), message: Type.String() })),
  endpoints: Type.Array(EndpointShape),
  /** When Novita says that the machine was last started, ISO 8601; null: it does not say. By its clock, so only to be compared with itself. */
  startedAt: Type.Union([Type.String(), Type.Null()], { default: null }),
  spot: nullable(Type.Object({ state: word<SpotState>(), reclaimAt: nullable(Type.String()) })),
});
export type Observation = Static<typeof ObservationShape>;

/** What a machine is made of, as far as Novita says. */
export const MachineMakeShape = Type.Object({
  productId: nullable(Type.String()),
  productName: nullable(Type.String()),
  clusterId: nullable(Type.String()),
  clusterName: nullable(Type.String()),
  gpuNum: nullable(Type.Integer()),
  billingMode: nullable(word<BillingMode>()),
  image: nullable(Type.String()),
  rootfsSizeGb: nullable(Type.Integer()),
});
export type MachineMake = Static<typeof MachineMakeShape>;

/** Secrets and addresses to get into a machine. Sealed at rest. */
export const AccessShape = Type.Object({
  sshCommand: nullable(Type.String()),
  sshPassword: nullable(Type.String()),
  webTerminal: nullable(Type.Object({ address: Type.String(), username: Type.String(), password: Type.String() })),
  jupyterUrl: nullable(Type.String()),
});
export type Access = Static<typeof AccessShape>;

/** A machine that carries one of this instance's tags. */
export interface Machine {
  machineId: string;
  attemptNumber: number;
  observation: Observation;
  /** Null until a look by id brought it; forgotten when the machine starts anew, since passwords rotate. */
  access: Access | null;
  observedAt: Date;
  /** When the state last changed. */
  changedAt: Date;
  firstSeenAt: Date;
  /** When it was first seen to have got beyond its image; null: it never ran, so its disk holds nothing. */
  ranAt: Date | null;
  /** Looks by id, one after the other, to which Novita said that it knows no such machine. */
  missingProofs: number;
  lastMissingAt: Date | null;
  /** When it was decided that this machine, which the instance does not hold, is surplus and to be deleted. */
  condemnedAt: Date | null;
  /** When Novita first acknowledged a delete of it. */
  releaseAcknowledgedAt: Date | null;
  goneAt: Date | null;
}

/** A machine that has run is never deleted unasked: its disk may be needed. A machine that never ran holds nothing, and is billed. */
export const mayHoldData = ({ ranAt }: Machine): boolean => ranAt !== null;
