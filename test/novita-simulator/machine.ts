/** The statuses of Novita's instances, spelled as Novita spells them. */
export type Status =
  | 'pending'
  | 'toCreate'
  | 'creating'
  | 'pulling'
  | 'running'
  | 'toStop'
  | 'stopping'
  | 'exited'
  | 'toStart'
  | 'starting'
  | 'toRestart'
  | 'restarting'
  | 'toRemove'
  | 'removing'
  | 'removed'
  | 'migrating';

export type SimulatedBillingMode = 'onDemand' | 'spot' | 'monthly';

export interface PortWish {
  port: number;
  type: 'http' | 'tcp';
}

/** What a create asked for, checked and completed. */
export interface MachineWish {
  name: string;
  kind: 'gpu' | 'cpu';
  productId: string;
  productName: string;
  /** Undefined: any cluster with room. */
  clusterId: string | undefined;
  /** 0 for CPU machines. */
  gpuNum: number;
  cpuNum: number;
  memoryGb: number;
  rootfsSize: number;
  billingMode: SimulatedBillingMode;
  months: number;
  imageUrl: string;
  imageAuthId: string;
  command: string;
  entrypoint: string;
  envs: { key: string; value: string }[];
  ports: PortWish[];
  jupyterPort: number | null;
  networkStorages: { id: string; mountPath: string }[];
  /** 1/100000 USD per GPU and hour (per machine and hour for CPU). */
  pricePerGpuHour: number;
}

/** One stretch of billed time; milliseconds since 1970. `to` null: the meter runs. */
export interface Segment {
  from: number;
  to: number | null;
}

/** A machine as it truly is. Plain data; times are milliseconds since 1970. */
export interface Machine extends Omit<MachineWish, 'clusterId'> {
  id: string;
  clusterId: string;
  /** Not created through the API: somebody else's, or made by hand in the console. */
  foreign: boolean;
  status: Status;
  /** When the status was entered. */
  statusSince: number;
  /** When it will be left by itself; null in explicit mode or at rest. */
  phaseEndsAt: number | null;
  statusError: { state: string; message: string } | null;
  /** Set: the boot will end in this failure instead of `running`. */
  bootFailure: { state: string; message: string } | null;
  spotStatus: '' | 'running' | 'notified' | 'reclaiming' | 'terminated';
  /** When the reclaim began, or is planned while `notified`. */
  spotReclaimAt: number | null;
  gpuIds: number[];
  holdsGpus: boolean;
  sshPassword: string;
  createdAt: number;
  startedAt: number | null;
  stoppedAt: number | null;
  removedAt: number | null;
  /** When a delete was first accepted. */
  deleteRequestedAt: number | null;
  /** When an answer first told a client that the machine is removed or missing. */
  deleteConfirmedAt: number | null;
  /** From when on the API no longer knows it. */
  goneAt: number | null;
  /** When the workload of the present run began to answer; null while it does not. */
  workloadUpAt: number | null;
  segments: Segment[];
}
