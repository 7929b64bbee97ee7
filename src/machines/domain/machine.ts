import type { BillingMode } from '../../vocabulary/billing-mode.js';
import type { Protocol } from '../../vocabulary/protocol.js';

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

export interface Endpoint {
  port: number;
  protocol: Protocol;
  address: string | null;
}

/** What a look at a machine showed, without secrets. */
export interface Observation {
  state: MachineState;
  statusWord: string;
  failure: { code: string; message: string } | null;
  endpoints: Endpoint[];
  /** When Novita says that the machine was last started, ISO 8601; null: it does not say. By its clock, so only to be compared with itself. */
  startedAt: string | null;
  spot: { state: 'running' | 'notified' | 'reclaiming' | 'terminated'; reclaimAt: string | null } | null;
}

/** What a machine is made of, as far as Novita says. */
export interface MachineMake {
  productId: string | null;
  productName: string | null;
  clusterId: string | null;
  clusterName: string | null;
  gpuNum: number | null;
  billingMode: BillingMode | null;
  image: string | null;
  rootfsSizeGb: number | null;
}

/** Secrets and addresses to get into a machine. Sealed at rest. */
export interface Access {
  sshCommand: string | null;
  sshPassword: string | null;
  webTerminal: { address: string; username: string; password: string } | null;
  jupyterUrl: string | null;
}

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
  /** When it was decided that this machine, which the instance does not hold, is one too many and to be given back. */
  condemnedAt: Date | null;
  /** When Novita first acknowledged a delete of it. */
  releaseAcknowledgedAt: Date | null;
  goneAt: Date | null;
}

/** A machine that has run is never given back unasked: its disk may be needed. One that never did holds nothing, and is billed. */
export const mayHoldData = ({ ranAt }: Machine): boolean => ranAt !== null;
