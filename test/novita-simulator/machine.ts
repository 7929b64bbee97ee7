/** The statuses of Novita's instances, in Novita's spelling. */
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
  | 'migrating'
  | 'toReset'
  | 'resetting';

export type SimulatedBillingMode = 'onDemand' | 'spot' | 'monthly';

export interface PortRequest {
  port: number;
  type: 'http' | 'tcp';
}

/** A create request, checked and completed. */
export interface MachineRequest {
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
  ports: PortRequest[];
  jupyterPort: number | null;
  networkStorages: { id: string; mountPath: string }[];
  /** 1/100000 USD per GPU and hour (per machine and hour for CPU). */
  pricePerGpuHour: number;
  /** 1/100000 USD per GPU and month; 0 unless the machine is billed by the month. */
  pricePerGpuMonth: number;
}

/** A period of billed time, in milliseconds since 1970. `to` is null while it is billed. */
export interface Segment {
  from: number;
  to: number | null;
}

/** The real state of a machine. Plain data; times are milliseconds since 1970. */
export interface Machine extends Omit<MachineRequest, 'clusterId'> {
  id: string;
  clusterId: string;
  /** Not created through the API, but by another system or by hand in the console. */
  foreign: boolean;
  status: Status;
  /** When the current status began. */
  statusSince: number;
  /** When the status ends without action; null in explicit mode or at rest. */
  phaseEndsAt: number | null;
  statusError: { state: string; message: string } | null;
  /** If set, the boot ends in this failure instead of `running`. */
  bootFailure: { state: string; message: string } | null;
  spotStatus: '' | 'running' | 'notified' | 'reclaiming' | 'terminated';
  /** The deadline of the notice, or when a reclaim without notice began. Kept until the machine runs again. */
  spotReclaimAt: number | null;
  /** By the reclaim the machine is not only stopped but soon gone. */
  releasedByReclaim: boolean;
  /** Rises each time that the contents of the root disk are lost. */
  diskGeneration: number;
  autoMigrateOpen: boolean;
  autoMigrateSystemDisk: boolean;
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
  /** When the API stopped knowing the machine. */
  goneAt: number | null;
  /** When the workload of the current run began to answer; null while it does not. */
  workloadUpAt: number | null;
  segments: Segment[];
  /** When it was running. */
  runs: Segment[];
  /** In percent. The CPU's is a share of all vCPUs. */
  usage: {
    cpuPercent: number;
    memoryPercent: number;
    diskPercent: number;
    gpuPercent: number;
    gpuMemoryPercent: number;
  };
}
