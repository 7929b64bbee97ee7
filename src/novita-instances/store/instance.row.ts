import type { Insertable, Selectable } from 'kysely';
import { addSeconds, secondsBetween } from '../../time/clock.js';
import type { CreateAttemptsTable, InstancesTable } from '../../database/tables.js';
import { progressFromNothing } from '../domain/unreadable.js';
import { DEFAULT_READINESS } from '../domain/readiness.js';
import { decodeOffer } from './decode-offer.js';
import type {
  Attempt,
  EnvVar,
  Instance,
  InstanceSpec,
  Progress,
  ReleaseTry,
  SentAction,
  UnreadablePart,
} from '../domain/instance.js';
import { reviveSpec } from './revive-spec.js';
import type { Span } from '../../time/held-up.js';
import { date, maybeDate, orNull, type Selected } from '../../database/selected-row.js';
import type { Sealer } from '../../secrets/sealing.js';

type Jsonified<T> = T extends Date ? string : T extends object ? { [K in keyof T]: Jsonified<T[K]> } : T;

/** As it may lie in the database: rows of older code lack what was added since, and hold a sum instead of the spans. */
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
