/**
 * The interface to Novita for the rest of the code. It hides wire shapes, spellings of statuses, and paging.
 *
 * Reads throw {@link NovitaUnavailable} when no trustworthy answer came; they never return an empty result instead.
 * Changes never throw: the outcome is a value, because callers must handle each case differently.
 */

import type { UpstreamText } from '../redaction/upstream-text.js';
import type { Protocol } from '../vocabulary/protocol.js';
import type { BillingMode } from '../vocabulary/billing-mode.js';
import type { StockLevel } from '../vocabulary/stock-level.js';
import type { MachineContent, ShownContent, VolumeMount } from './machine-content.js';

/** The state of a machine in our words. `unknown`: a status word that this code does not know, neither gone nor well. */
export type MachineState =
  | 'queued' // pending, toCreate
  | 'creating'
  | 'pulling' // billing has begun
  | 'starting' // toStart, starting, toRestart, restarting, toReset, resetting
  | 'running'
  | 'stopping' // toStop, stopping
  | 'exited'
  | 'migrating'
  | 'freezing'
  | 'removing' // toRemove, removing
  | 'removed'
  | 'unknown';

export interface MachineEndpoint {
  port: number;
  protocol: Protocol;
  /** `https://…` for http, `host:port` for tcp; null until the machine runs. */
  address: string | null;
}

/** A machine as seen once. Only a look by id shows secrets. */
export interface SeenMachine {
  machineId: string;
  /** The machine's name at Novita: the tag, for machines of this deployment. Its environment may repeat the tag. */
  name: UpstreamText;
  envTag: UpstreamText | null;
  state: MachineState;
  /** Novita's status word, for people and logs. */
  statusWord: UpstreamText;
  /** Set when Novita says that the creation failed or the machine became unusable. */
  failure: { code: UpstreamText; message: UpstreamText } | null;
  make: MachineMake;
  /** What an update may change of it. */
  content: ShownContent;
  endpoints: MachineEndpoint[];
  /** When the machine was last started, by Novita's clock, or null. */
  startedAt: Date | null;
  spot: { state: 'running' | 'notified' | 'reclaiming' | 'terminated'; reclaimAt: Date | null } | null;
  /** From a look by id only; null in a list. */
  access: MachineAccess | null;
}

/** What a machine is made of, as far as Novita says. */
export interface MachineMake {
  productId: string | null;
  productName: UpstreamText | null;
  clusterId: string | null;
  clusterName: UpstreamText | null;
  gpuNum: number | null;
  billingMode: BillingMode | null;
  image: UpstreamText | null;
  rootfsSizeGb: number | null;
}

export interface MachineAccess {
  sshCommand: string | null;
  sshPassword: string | null;
  webTerminal: { address: string; username: string; password: string } | null;
  jupyterUrl: string | null;
  logs: { system: string | null; instance: string | null };
}

export interface CreateMachine {
  /** The tag. */
  name: string;
  productId: string;
  clusterId: string;
  gpuNum: number;
  rootfsSizeGb: number;
  billingMode: BillingMode;
  image: string;
  registryAuthId: string | null;
  ports: { port: number; protocol: Protocol }[];
  envs: { key: string; value: string }[];
  volumes: { id: string; mountPath: string }[];
  command: string | null;
  entrypoint: string | null;
  minCudaVersion: string | null;
}

/** Ports (all that the machine is to have; null: as they are) and a larger disk, without a restart. */
export interface EditMachine {
  machineId: string;
  ports: MachineContent['ports'] | null;
  /** What is added. */
  expandRootDiskGb: number;
}

/** A new container on the same machine; its disk is kept where Novita can. */
export interface UpgradeMachine extends Pick<
  MachineContent,
  'image' | 'registryAuthId' | 'envs' | 'command' | 'entrypoint'
> {
  machineId: string;
  /** Those that the machine is to have: what is left out is detached. */
  volumeMounts: VolumeMount[];
}

export interface Rejection {
  /** Novita's `reason`, such as `INSUFFICIENT_RESOURCE`, or a reason in `message`. A string only when Novita documents it. */
  reason: string | UpstreamText;
  message: UpstreamText;
  httpStatus: number;
  retryAfterSeconds: number | null;
}

/**
 * The outcome of a create. `not-sent`: nothing left this machine, so a retry is safe. `rejected`: Novita parsed and refused it.
 * `ambiguous`: the machine may exist; only a search for its tag can tell.
 */
export type CreateOutcome =
  | { kind: 'accepted'; machineId: string }
  | { kind: 'rejected'; rejection: Rejection }
  | { kind: 'not-sent'; why: string }
  | { kind: 'ambiguous'; why: string };

/** The outcome of a start, stop, restart, edit, upgrade or delete. `acknowledged`: it has begun at best; only a later look shows its effect. */
export type ActionOutcome =
  | { kind: 'acknowledged' }
  | { kind: 'not-found' }
  | { kind: 'rejected'; rejection: Rejection }
  | { kind: 'not-sent'; why: string }
  | { kind: 'ambiguous'; why: string };

/** A look at one machine. `missing`: Novita's reason says that it does not know the id (404, or 400 RESOURCE_NOT_FOUND). */
export type Look = { kind: 'seen'; machine: SeenMachine } | { kind: 'missing' };

/** All pages of the instance list. Absence counts only when `complete` (unique ids = total). */
export interface MachineList {
  machines: SeenMachine[];
  complete: boolean;
  /** How many machines there are, or null when unknown. Several readings with the same total may be complete together. */
  total: number | null;
  /** Novita said that there is no machine, but not by a list: so for an empty account, and for one that cannot be read. */
  saysNone: boolean;
  /** How many read requests this reading used. */
  requests: number;
}

export interface Product {
  productId: string;
  name: string;
  /** Cluster names as Novita writes them. Empty: every cluster. */
  regionNames: string[];
  billingModes: BillingMode[];
  available: boolean;
  stock: StockLevel;
  /** In 1/100000 USD per GPU and hour, or null when the mode is not offered. */
  pricePerGpuHour: { onDemand: number | null; spot: number | null };
  cpuPerGpu: number | null;
  memoryGbPerGpu: number | null;
  minRootfsGb: number | null;
  maxRootfsGb: number | null;
}

export interface Cluster {
  clusterId: string;
  name: string;
}

export interface Template {
  templateId: string;
  name: string;
  readme: string;
  channel: string;
  image: string;
  registryAuthId: string | null;
  command: string | null;
  entrypoint: string | null;
  rootfsSizeGb: number | null;
  ports: { port: number; protocol: Protocol }[];
  envs: { key: string; value: string }[];
  minCudaVersion: string | null;
}

export interface RegistryAuth {
  registryAuthId: string;
  name: string;
  username: string;
}

/** A registry credential that is to be stored at Novita. It is kept nowhere else. */
export interface NewRegistryAuth {
  name: string;
  username: string;
  password: string;
}

/** A network volume. */
export interface Volume {
  volumeId: string;
  name: string;
  sizeGb: number | null;
  clusterId: string;
  clusterName: string;
}

/** The kind of a request, which decides its share of the budget. Deletes and stops (`release`) go first. */
export type RequestKind = 'read' | 'create' | 'release';

/** Novita over HTTP ({@link HttpNovitaClient}), or simulated. */
export interface NovitaClient {
  /** Sends at most one POST, without retry. The caller must have committed the intent before. */
  createMachine(request: CreateMachine): Promise<CreateOutcome>;
  lookAtMachine(machineId: string): Promise<Look>;
  listMachines(): Promise<MachineList>;
  startMachine(machineId: string): Promise<ActionOutcome>;
  stopMachine(machineId: string): Promise<ActionOutcome>;
  restartMachine(machineId: string): Promise<ActionOutcome>;
  /** Moves a machine that is down, or runs, to another node, and starts it there. Its disk is kept only where Novita can. */
  migrateMachine(machineId: string): Promise<ActionOutcome>;
  deleteMachine(machineId: string): Promise<ActionOutcome>;
  editMachine(request: EditMachine): Promise<ActionOutcome>;
  upgradeMachine(request: UpgradeMachine): Promise<ActionOutcome>;

  listProducts(filter: { billingMode: BillingMode; gpuNum?: number }): Promise<Product[]>;
  listClusters(): Promise<Cluster[]>;
  listTemplates(): Promise<Template[]>;
  /** Null when Novita has no such template. */
  getTemplate(templateId: string): Promise<Template | null>;
  listRegistryAuths(): Promise<RegistryAuth[]>;
  /** Novita does not say the id of what it stored: a list does. */
  saveRegistryAuth(auth: NewRegistryAuth): Promise<ActionOutcome>;
  deleteRegistryAuth(registryAuthId: string): Promise<ActionOutcome>;
  listVolumes(): Promise<Volume[]>;

  /**
   * How many requests of a kind would be admitted now, and in how many milliseconds the next one: for planning, since nothing is queued.
   * Never throws; it is 0 when the database cannot say or Novita does not work. Calls beyond it fail at once: reads with
   * {@link NovitaUnavailable}, changes with `not-sent`.
   */
  budget(kind: RequestKind): Promise<{ available: number; nextInMs: number }>;
}

/** DI token for the {@link NovitaClient}. */
export const NOVITA_CLIENT = Symbol('NOVITA_CLIENT');

export type UnavailableWhy =
  | 'network'
  | 'timeout'
  | 'server-error'
  | 'rate-limited'
  | 'unauthorized'
  | 'refused'
  | 'unreadable'
  | 'too-large'
  | 'budget'
  | 'circuit-open';

/**
 * There was no trustworthy answer to a read. It says nothing about what exists. The message omits Novita's sentence, which may repeat
 * secrets of any instance.
 */
export class NovitaUnavailable extends Error {
  constructor(
    readonly why: UnavailableWhy,
    message: string,
    readonly retryAfterSeconds: number | null = null,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'NovitaUnavailable';
  }
}

/** The budget ran out while a list was read. Nothing of the list is returned. */
export class ListCutShort extends NovitaUnavailable {
  constructor(
    /** Pages that were read. The whole list costs more than that. 0: the cost is unknown. */
    readonly pagesRead: number,
    cause: NovitaUnavailable,
  ) {
    super('budget', cause.message, cause.retryAfterSeconds, { cause });
    this.name = 'ListCutShort';
  }
}
