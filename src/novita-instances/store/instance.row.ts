import type { Insertable, Selectable } from 'kysely';
import { addSeconds, secondsBetween } from '../../time/clock.js';
import type { CreateAttemptsTable, InstancesTable, MachinesTable } from '../../database/tables.js';
import { progressFromNothing } from '../domain/unreadable.js';
import { DEFAULT_READINESS } from '../domain/readiness.js';
import { decodeAccess, decodeObservation, decodeOffer } from './decode-json.js';
import type {
  Access,
  Attempt,
  EnvVar,
  Instance,
  InstanceSpec,
  Machine,
  Progress,
  ReleaseTry,
  SentAction,
  UnreadablePart,
} from '../domain/instance.js';
import { reviveSpec } from './revive-spec.js';
import type { Span } from '../domain/held-up.js';

/** Seals what must not lie readable in the database. `context` binds a sealed text to its place. */
export interface Sealer {
  seal(text: string, context: string): string;
  open(sealed: string, context: string): string;
}

type Jsonified<T> = T extends Date ? string : T extends object ? { [K in keyof T]: Jsonified<T[K]> } : T;

/** A row as it was selected, or as it came inside of JSON. */
type Selected<Row> = { [K in keyof Row]: Row[K] extends Date | null ? Row[K] | string : Row[K] };

const date = (time: Date | string): Date => {
  const read = new Date(time);
  if (typeof time === 'number' || Number.isNaN(read.getTime())) throw new TypeError('not a time');
  return read;
};
const maybeDate = (time: Date | string | null): Date | null => (time === null ? null : date(time));

/** As it may lie in the database: code from before the spans wrote a sum. */
/** Rows of older code lack what was added since. */
type StoredAction = Omit<Jsonified<SentAction>, AddedToAction> & Partial<Pick<Jsonified<SentAction>, AddedToAction>>;
type StoredRelease = Omit<Jsonified<ReleaseTry>, 'since' | 'said'> & { since?: string; said?: string | null };
type AddedToAction = 'doubtful' | 'unseen' | 'before';

type StoredProgress = Omit<Jsonified<Progress>, 'placement' | 'heldUp' | 'action' | 'releases' | 'overdueTold'> & {
  action: StoredAction | null;
  releases: Record<string, StoredRelease>;
  overdueTold?: string[];
  placement: Jsonified<Progress['placement']> & { heldSeconds?: number };
  heldUp?: Jsonified<Span[]>;
};

/** Code from before the spans adds these up, and has to find its own figure. */
const heldSeconds = ({ heldUp, placement: { since } }: Progress): number =>
  heldUp.reduce((sum, { from, to }) => sum + Math.max(0, secondsBetween(from > since ? from : since, to)), 0);

/** What such code wrote is one span at the beginning: its length is all that matters. */
const reviveHeldUp = (json: StoredProgress): Span[] => {
  const { placement, heldUp } = json;
  if (heldUp) return heldUp.map(({ from, to }) => ({ from: date(from), to: date(to) }));
  const since = date(placement.since);
  const seconds = placement.heldSeconds ?? 0;
  return seconds > 0 ? [{ from: since, to: addSeconds(since, seconds) }] : [];
};

const envsContext = (instanceId: string): string => `instances|${instanceId}|envs`;
const accessContext = (machineId: string): string => `machines|${machineId}|access`;

/** What was asked for: it seldom changes, and is most of a row. */
export const toRequestRow = ({ id, name, spec: { envs, ...spec } }: Instance, sealer: Sealer) => ({
  name,
  spec: JSON.stringify(spec),
  sealed_envs: envs.length > 0 ? sealer.seal(JSON.stringify(envs), envsContext(id)) : null,
  labels: JSON.stringify(spec.labels),
});

/** What becomes of it. */
export const toStateRow = (instance: Instance) => ({
  desired: instance.desired,
  generation: instance.generation,
  restart_generation: instance.restartGeneration,
  version: instance.version,
  last_event_seq: instance.lastEventSeq,
  progress: JSON.stringify({
    ...instance.progress,
    placement: { ...instance.progress.placement, heldSeconds: heldSeconds(instance.progress) },
  }),
  status: instance.toldStatus,
  machine_id: instance.machineId,
  updated_at: instance.updatedAt,
  deleted_at: instance.deletedAt,
});

/**
 * Never throws: a row that cannot be read must not take down its page, nor keep its machine from being given back. What cannot be
 * read is named in `unreadable`, and harmless defaults stand in its place.
 */
export const fromInstanceRow = (row: Selectable<InstancesTable>, sealer: Sealer): Instance => {
  const envs = orNull(() => readEnvs(row, sealer));
  const spec = orNull(() => decodeSpec(row.spec));
  const progress = orNull(() => reviveProgress(row.progress as StoredProgress));
  const unreadable: UnreadablePart[] = [
    ...(envs ? [] : (['envs'] as const)),
    ...(spec ? [] : (['spec'] as const)),
    ...(progress ? [] : (['progress'] as const)),
  ];
  return {
    ...fromColumns(row),
    spec: { ...(spec ?? UNREADABLE_SPEC), envs: envs ?? [] },
    progress: progress ?? progressFromNothing(row.machine_id, row.updated_at),
    ...(unreadable.length > 0 && { unreadable }),
  };
};

const orNull = <T>(read: () => T): T | null => {
  try {
    return read();
  } catch {
    // what was read may be secret, and an error may quote it: which part it was is all that is told
    return null;
  }
};

const readEnvs = ({ id, sealed_envs: sealed }: Selectable<InstancesTable>, sealer: Sealer): EnvVar[] => {
  const envs = sealed === null ? [] : (JSON.parse(sealer.open(sealed, envsContext(id))) as EnvVar[]);
  if (!envs.every(({ key, value }) => typeof key === 'string' && typeof value === 'string')) throw new TypeError();
  return envs;
};

/** Older rows lack what was added since; a row that lacks what was always there is damaged. */
const decodeSpec = (json: unknown): Omit<InstanceSpec, 'envs'> => {
  const spec = { ...UNREADABLE_SPEC, ...(json as Partial<InstanceSpec>) };
  const isWhole =
    isObject(json) &&
    typeof json.productName === 'string' &&
    isWholeNumber(spec.gpuNum) &&
    Array.isArray(spec.regions) &&
    (spec.ports === null || Array.isArray(spec.ports)) &&
    isObject(spec.labels) &&
    isObject(spec.readiness) &&
    (spec.readiness.probes === null || Array.isArray(spec.readiness.probes));
  if (!isWhole) throw new TypeError();
  return reviveSpec(spec, []);
};

const UNREADABLE_SPEC: Omit<InstanceSpec, 'envs'> = {
  productName: 'unreadable',
  templateId: null,
  image: null,
  command: null,
  ports: null,
  registryAuthId: null,
  gpuNum: 1,
  rootfsSizeGb: null,
  regions: [],
  billingMode: 'onDemand',
  maxPricePerGpuHour: null,
  labels: {},
  readiness: DEFAULT_READINESS,
  onAmbiguous: 'wait',
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isWholeNumber = (value: unknown): value is number => Number.isSafeInteger(value);

const fromColumns = (row: Selectable<InstancesTable>): Omit<Instance, 'spec' | 'progress' | 'unreadable'> => ({
  id: row.id,
  name: row.name,
  desired: row.desired,
  generation: row.generation,
  restartGeneration: row.restart_generation,
  version: row.version,
  lastEventSeq: row.last_event_seq,
  toldStatus: row.status,
  machineId: row.machine_id,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  deletedAt: row.deleted_at,
});

const reviveProgress = (json: StoredProgress): Progress => ({
  wantedAt: date(json.wantedAt),
  placement: {
    round: json.placement.round,
    since: date(json.placement.since),
    notBefore: maybeDate(json.placement.notBefore),
    waitingFor: json.placement.waitingFor,
    detail: json.placement.detail,
    heldSince: maybeDate(json.placement.heldSince),
  },
  heldUp: reviveHeldUp(json),
  action: json.action && {
    ...json.action,
    sentAt: date(json.action.sentAt),
    notBefore: date(json.action.notBefore),
    doubtful: json.action.doubtful ?? false,
    unseen: json.action.unseen ?? (json.action.acknowledged && json.action.generation > json.restartsDone ? 1 : 0),
    before: json.action.before ? { ...json.action.before, changedAt: date(json.action.before.changedAt) } : null,
  },
  releases: Object.fromEntries(
    Object.entries(json.releases).map(([machineId, { since, said, ...last }]) => [
      machineId,
      { ...last, notBefore: date(last.notBefore), since: date(since ?? json.wantedAt), said: said ?? null },
    ]),
  ),
  restartsDone: json.restartsDone,
  overdueTold: json.overdueTold ?? [],
  readiness: {
    ...json.readiness,
    runningSince: maybeDate(json.readiness.runningSince),
    readyAt: maybeDate(json.readiness.readyAt),
    nextProbeAt: maybeDate(json.readiness.nextProbeAt),
  },
  failure: json.failure && { ...json.failure, at: date(json.failure.at) },
});

export const toAttemptRow = (instanceId: string, attempt: Attempt): Insertable<CreateAttemptsTable> => ({
  instance_id: instanceId,
  number: attempt.number,
  tag: attempt.tag,
  round: attempt.round,
  offer: JSON.stringify(attempt.offer),
  state: attempt.state,
  reason: attempt.reason,
  message: attempt.message,
  machine_id: attempt.machineId,
  sent_at: attempt.sentAt,
  settle_after: attempt.settleAfter,
  decided_at: attempt.decidedAt,
});

export const fromAttemptRow = (row: Selected<Selectable<CreateAttemptsTable>>): Attempt => ({
  number: row.number,
  tag: row.tag,
  round: row.round,
  offer: decodeOffer(row.offer),
  state: row.state,
  reason: row.reason,
  message: row.message,
  machineId: row.machine_id,
  sentAt: date(row.sent_at),
  settleAfter: date(row.settle_after),
  decidedAt: maybeDate(row.decided_at),
  cleanPasses: row.clean_passes,
  lastCleanPassAt: maybeDate(row.last_clean_pass_at),
});

export const toMachineRow = (instanceId: string, machine: Machine, sealer: Sealer): Insertable<MachinesTable> => ({
  machine_id: machine.machineId,
  instance_id: instanceId,
  attempt_number: machine.attemptNumber,
  state: machine.observation.state,
  observation: JSON.stringify(machine.observation),
  sealed_access: sealAccess(machine.machineId, machine.access, sealer),
  observed_at: machine.observedAt,
  changed_at: machine.changedAt,
  first_seen_at: machine.firstSeenAt,
  missing_proofs: machine.missingProofs,
  last_missing_at: machine.lastMissingAt,
  ran_at: machine.ranAt,
  condemned_at: machine.condemnedAt,
  release_acknowledged_at: machine.releaseAcknowledgedAt,
  gone_at: machine.goneAt,
});

export const sealAccess = (machineId: string, access: Access | null, sealer: Sealer): string | null =>
  access && sealer.seal(JSON.stringify(access), accessContext(machineId));

export const fromMachineRow = (row: Selected<Selectable<MachinesTable>>, sealer: Sealer): Machine => ({
  machineId: row.machine_id,
  attemptNumber: row.attempt_number,
  observation: decodeObservation(row.observation, row.state),
  // what cannot be opened is as good as not known: a look by id brings it again
  access: orNull(() =>
    row.sealed_access ? decodeAccess(JSON.parse(sealer.open(row.sealed_access, accessContext(row.machine_id)))) : null,
  ),
  observedAt: date(row.observed_at),
  changedAt: date(row.changed_at),
  firstSeenAt: date(row.first_seen_at),
  missingProofs: row.missing_proofs,
  lastMissingAt: maybeDate(row.last_missing_at),
  ranAt: maybeDate(row.ran_at),
  condemnedAt: maybeDate(row.condemned_at),
  releaseAcknowledgedAt: maybeDate(row.release_acknowledged_at),
  goneAt: maybeDate(row.gone_at),
});
