/**
 * Novita as the rest of the house sees it. Wire shapes, status spellings and paging stop here.
 *
 * Reads throw {@link NovitaUnavailable} when no trustworthy answer came; they never invent an empty one.
 * Mutations never throw: what became of them is a value, because the caller must act on each case differently.
 */

import type { UpstreamText } from '../redaction/upstream-text.js';
import type { Protocol } from '../vocabulary/protocol.js';
import type { BillingMode } from '../vocabulary/billing-mode.js';
import type { StockLevel } from '../vocabulary/stock-level.js';

/** What a machine is doing, in our words. `unknown` is a status we have no word for: neither gone nor well. */
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

/** A machine as one look saw it. Secrets are present only after a look by id. */
export interface SeenMachine {
  machineId: string;
  /** The machine's name at Novita: our tag, when it is ours. Its `envs` may carry the same tag. */
  name: UpstreamText;
  envTag: UpstreamText | null;
  state: MachineState;
  /** Novita's own status word, for people and logs. */
  statusWord: UpstreamText;
  /** Set when Novita says that creation failed or the machine became unusable. */
  failure: { code: UpstreamText; message: UpstreamText } | null;
  make: MachineMake;
  endpoints: MachineEndpoint[];
  /** When it was last started, by Novita's clock; null: it does not say. */
  startedAt: Date | null;
  spot: { state: 'running' | 'notified' | 'reclaiming' | 'terminated'; reclaimAt: Date | null } | null;
  /** Only from a look by id; null when the look could not show it (a list). */
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
  command: string | null;
  entrypoint: string | null;
  minCudaVersion: string | null;
}

export interface Rejection {
  /** Novita's `reason`, e.g. `INSUFFICIENT_RESOURCE`, when it is documented; also found in `message` when `reason` is missing. */
  reason: string | UpstreamText;
  message: UpstreamText;
  httpStatus: number;
  retryAfterSeconds: number | null;
}

/**
 * What became of a create. `not-sent`: nothing left this machine, a retry is safe. `rejected`: Novita parsed and refused it.
 * `ambiguous`: it may exist; only looking for the tag can tell.
 */
export type CreateOutcome =
  | { kind: 'accepted'; machineId: string }
  | { kind: 'rejected'; rejection: Rejection }
  | { kind: 'not-sent'; why: string }
  | { kind: 'ambiguous'; why: string };

/** What became of start, stop, restart or delete. An `acknowledged` action has begun at best; only a later look shows its effect. */
export type ActionOutcome =
  | { kind: 'acknowledged' }
  | { kind: 'not-found' }
  | { kind: 'rejected'; rejection: Rejection }
  | { kind: 'not-sent'; why: string }
  | { kind: 'ambiguous'; why: string };

/** A look at one machine. `missing` is Novita saying by reason that it does not know the id (404, or 400 RESOURCE_NOT_FOUND). */
export type Look = { kind: 'seen'; machine: SeenMachine } | { kind: 'missing' };

/** One walk through every page of the instance list. Absence counts only when `complete` (unique ids = total). */
export interface MachineList {
  machines: SeenMachine[];
  complete: boolean;
  /** How many machines there are; null when this walk cannot tell. Several walks of the same total may be complete together. */
  total: number | null;
  /** Novita said that it knows of no machine, though not by a list: true of an empty account, and of one that cannot be read. */
  saysNone: boolean;
  /** Read requests that the walk cost. */
  requests: number;
}

export interface Product {
  productId: string;
  name: string;
  /** Cluster names as Novita writes them; empty means every cluster. */
  regionNames: string[];
  billingModes: BillingMode[];
  available: boolean;
  stock: StockLevel;
  /** In 1/100000 USD per GPU and hour; null when the mode is not offered. */
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

/** What kind of call wants a share of the request budget. Deletes and stops go first, whatever else is waiting. */
export type RequestKind = 'read' | 'create' | 'release';

/** Novita, reached over HTTP ({@link HttpNovitaClient}) or simulated. */
export interface NovitaClient {
  /** Sends at most one POST, never again by itself. Callers have committed an intent before. */
  createMachine(wish: CreateMachine): Promise<CreateOutcome>;
  lookAtMachine(machineId: string): Promise<Look>;
  listMachines(): Promise<MachineList>;
  startMachine(machineId: string): Promise<ActionOutcome>;
  stopMachine(machineId: string): Promise<ActionOutcome>;
  restartMachine(machineId: string): Promise<ActionOutcome>;
  deleteMachine(machineId: string): Promise<ActionOutcome>;

  listProducts(filter: { billingMode: BillingMode; gpuNum?: number }): Promise<Product[]>;
  listClusters(): Promise<Cluster[]>;
  listTemplates(): Promise<Template[]>;
  /** null when Novita has no such template. */
  getTemplate(templateId: string): Promise<Template | null>;
  listRegistryAuths(): Promise<RegistryAuth[]>;

  /**
   * How many requests of a kind would be admitted now, and in how many milliseconds the next one will be: the caller plans with
   * it instead of queueing. Never throws; when the database cannot say, or Novita does not work, it is none. Calls that exceed it fail at once: reads with {@link NovitaUnavailable}, mutations with `not-sent`.
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
 * No trustworthy answer to a read. Says nothing about what exists. Its message is ours: Novita's sentence is left out, since it may
 * repeat secrets of any instance, and a read does not know which.
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

/** The budget ended a walk through a list before its end: nothing of the list is told. */
export class ListCutShort extends NovitaUnavailable {
  constructor(
    /** Pages that the walk had read: reading the list costs more than that. 0: nothing is known of the cost. */
    readonly pagesRead: number,
    cause: NovitaUnavailable,
  ) {
    super('budget', cause.message, cause.retryAfterSeconds, { cause });
    this.name = 'ListCutShort';
  }
}
