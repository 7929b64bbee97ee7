import type { Insertable, Selectable } from 'kysely';
import type { CreateAttemptsTable, InstancesTable } from '../../database/tables.js';
import { capacityWaitOf } from '../domain/capacity-wait.js';
import { progressFromNothing } from '../domain/unreadable.js';
import { BLANK_SPEC } from '../domain/instance-spec.js';
import { decodeOffer } from '../../placement/offer.codec.js';
import type { Attempt, Instance, UnreadablePart } from '../domain/instance.js';
import type { EnvVar } from '../../placement/machine-spec.js';
import type { StoredSpec } from '../domain/instance-spec.js';
import { PROGRESS_CODEC } from './progress.codec.js';
import { REPLACEMENT_CODEC } from './replacement.codec.js';
import { SPEC_CODEC } from './spec.codec.js';
import { SPEC_UPDATE_CODEC } from './spec-update.codec.js';
import type { SpecUpdate } from '../domain/spec-update-progress.js';
import { date, maybeDate, orNull, type Selected } from '../../database/selected-row.js';
import type { SealedColumn } from '../../secrets/sealed-columns.js';
import type { Sealer } from '../../secrets/sealing.js';

const envsContext = (instanceId: string): string => `instances|${instanceId}|envs`;
const envsBeforeContext = (instanceId: string): string => `instances|${instanceId}|envs-before`;

export const SEALED_INSTANCE_COLUMNS: readonly SealedColumn[] = [
  { table: 'instances', id: 'id', column: 'sealed_envs', placeOf: envsContext },
  { table: 'instances', id: 'id', column: 'sealed_envs_before', placeOf: envsBeforeContext },
];

/** What was asked for: it seldom changes, and is most of a row. */
export const toRequestRow = ({ id, name, spec: { envs, ...spec } }: Instance, sealer: Sealer) => ({
  name,
  spec: JSON.stringify(spec),
  sealed_envs: envs.length > 0 ? sealer.seal(JSON.stringify(envs), envsContext(id)) : null,
  labels: JSON.stringify(spec.labels),
});

/** What was changed last of its machine: it seldom changes, too. */
export const toUpdateRow = ({ id, update }: Instance, sealer: Sealer) => {
  const { envs = [], ...before } = update?.before ?? {};
  const stored = update && { ...update, before: update.before && before };
  return {
    spec_update: stored && JSON.stringify(stored),
    sealed_envs_before: envs.length > 0 ? sealer.seal(JSON.stringify(envs), envsBeforeContext(id)) : null,
  };
};

/** What becomes of it. */
export const toStateRow = (instance: Instance) => ({
  desired: instance.desired,
  generation: instance.generation,
  restart_generation: instance.restartGeneration,
  version: instance.version,
  last_event_seq: instance.lastEventSeq,
  progress: JSON.stringify(instance.progress),
  status: instance.toldStatus,
  machine_id: instance.machineId,
  replacement: instance.replacement && JSON.stringify(instance.replacement),
  capacity_wait_since: capacityWaitOf(instance)?.placement.since ?? null,
  updated_at: instance.updatedAt,
  deleted_at: instance.deletedAt,
});

/**
 * Never throws: a row that cannot be read must not take down its page, nor keep its machine from being deleted. What cannot be
 * read is named in `unreadable`, and harmless defaults stand in its place.
 */
export const fromInstanceRow = (row: Selectable<InstancesTable>, sealer: Sealer): Instance => {
  const envs = orNull(() => readEnvs(row.sealed_envs, envsContext(row.id), sealer));
  const spec = SPEC_CODEC.decode(row.spec);
  const progress = PROGRESS_CODEC.decode(row.progress);
  // decoded to null when it cannot be read: the current machine is left alone, and a successor is surplus
  const replacement = row.replacement === null ? null : REPLACEMENT_CODEC.decode(row.replacement);
  const update = row.spec_update === null ? null : orNull(() => readUpdate(row, sealer));
  const unreadable: UnreadablePart[] = [
    ...(envs ? [] : (['envs'] as const)),
    ...(spec ? [] : (['spec'] as const)),
    ...(progress ? [] : (['progress'] as const)),
    ...(replacement || row.replacement === null ? [] : (['replacement'] as const)),
    ...(update || row.spec_update === null ? [] : (['update'] as const)),
  ];
  return {
    ...fromColumns(row),
    spec: { ...(spec ?? UNREADABLE_SPEC), envs: envs ?? [] },
    progress: progress ?? progressFromNothing(row.machine_id, row.updated_at),
    replacement,
    update,
    ...(unreadable.length > 0 && { unreadable }),
  };
};

const readUpdate = (row: Selectable<InstancesTable>, sealer: Sealer): SpecUpdate | null => {
  const update = SPEC_UPDATE_CODEC.decode(row.spec_update);
  if (!update?.before) return update && { ...update, before: null };
  const envs = readEnvs(row.sealed_envs_before, envsBeforeContext(row.id), sealer);
  return { ...update, before: { ...update.before, envs } };
};

const readEnvs = (sealed: string | null, context: string, sealer: Sealer): EnvVar[] => {
  const envs = sealed === null ? [] : (JSON.parse(sealer.open(sealed, context)) as EnvVar[]);
  if (!envs.every(({ key, value }) => typeof key === 'string' && typeof value === 'string')) throw new TypeError();
  return envs;
};

const UNREADABLE_SPEC: StoredSpec = { ...BLANK_SPEC, productName: 'unreadable' };

const fromColumns = (
  row: Selectable<InstancesTable>,
): Omit<Instance, 'spec' | 'progress' | 'replacement' | 'update' | 'unreadable'> => ({
  id: row.id,
  projectId: row.project_id,
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
