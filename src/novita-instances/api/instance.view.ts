import { toMoney } from '../../money/price.js';
import { conditionsOf } from '../domain/conditions.js';
import { statusMessage } from '../domain/status-message.js';
import { allowedActions, instancePhase } from '../domain/instance-phase.js';
import { boundMachine, SHOWN_ATTEMPTS, type Attempt, type Instance, type Snapshot } from '../domain/instance.js';
import { isFlapping } from '../domain/flapping.js';
import type { ReadinessProgress } from '../domain/progress.js';
import { shownReclaim } from '../domain/reclaim.js';
import { shownBroken } from '../domain/recovery.js';
import { slotOf } from '../domain/replacement.js';
import type { Machine } from '../../machines/domain/machine.js';
import type {
  AttemptDto,
  ConnectionDto,
  MachineDto,
  PlacementDto,
  ReadinessTurnsDto,
  ReclaimDto,
  RecoveryDto,
  ReplacementDto,
} from './dto/instance-parts.dto.js';
import type { InstanceDto } from './dto/instance.dto.js';
import { MASK, specView } from './instance-spec.view.js';
import type { InstanceUpdateDto } from './dto/update-instance.dto.js';
import { shownField } from '../domain/spec-update.js';

/** What a caller sees of an instance. Field by field: nothing is shown because it happens to be there. */
export const instanceView = (snapshot: Snapshot, show: { secrets: boolean }): InstanceDto => {
  const { instance } = snapshot;
  const { spec, progress } = instance;
  const status = instancePhase(snapshot);
  const machine = boundMachine(snapshot);
  return {
    id: instance.id,
    projectId: instance.projectId,
    name: instance.name,
    status,
    statusMessage: statusMessage(snapshot),
    desiredState: instance.desired,
    generation: instance.generation,
    allowedActions: allowedActions(status),
    failure: progress.failure && {
      code: progress.failure.code,
      message: progress.failure.message,
      at: progress.failure.at.toISOString(),
    },
    ...specView(spec, show),
    placement: placementView(snapshot),
    machine: machine && machineView(machine),
    replacement: replacementView(snapshot),
    reclaim: reclaimView(instance),
    recovery: recoveryView(instance),
    readinessTurns: readinessTurnsView(progress.readiness),
    update: updateView(instance, show),
    connection: machine && connectionView(machine, show),
    conditions: conditionsOf(snapshot),
    attempts: attemptsView(snapshot),
    createdAt: instance.createdAt.toISOString(),
    updatedAt: instance.updatedAt.toISOString(),
    readyAt: progress.readiness.readyAt?.toISOString() ?? null,
    deletedAt: instance.deletedAt?.toISOString() ?? null,
  };
};

const placementView = ({ instance, attempts }: Snapshot): PlacementDto | null => {
  const offer = attempts.find(({ machineId }) => machineId !== null && machineId === instance.machineId)?.offer;
  if (!offer) return null;
  return {
    productId: offer.productId,
    productName: offer.productName,
    regionId: offer.regionId,
    regionName: offer.regionName,
    billingMode: offer.billingMode,
    pricePerGpuHour: toMoney(offer.pricePerGpuHour),
    pricePerInstanceHour: toMoney(offer.pricePerGpuHour * instance.spec.gpuNum),
  };
};

const replacementView = ({ instance: { replacement }, machines }: Snapshot): ReplacementDto | null => {
  if (!replacement) return null;
  const { reason, phase, since, successorId, draining, placement } = replacement;
  const other = machines.find(({ machineId }) => machineId === (successorId ?? draining?.machineId));
  return {
    reason,
    phase,
    since: since.toISOString(),
    waitingFor: phase === 'placing' ? placement.detail : null,
    otherMachine: other ? machineView(other) : null,
  };
};

const reclaimView = (instance: Instance): ReclaimDto | null => {
  const reclaim = shownReclaim(instance);
  if (!reclaim) return null;
  const { machineId, noticedAt, deadline, takenAt } = reclaim;
  return {
    machineId,
    noticedAt: noticedAt?.toISOString() ?? null,
    deadline: deadline?.toISOString() ?? null,
    takenAt: takenAt?.toISOString() ?? null,
    policy: instance.spec.onReclaim,
  };
};

const recoveryView = (instance: Instance): RecoveryDto | null => {
  const broken = shownBroken(instance);
  if (!broken) return null;
  const { machineId, code, message, at, delay } = broken;
  return {
    machineId,
    code,
    message,
    since: at.toISOString(),
    delayedBy: delay?.why ?? null,
    notBefore: delay?.until.toISOString() ?? null,
  };
};

const readinessTurnsView = ({ turns }: ReadinessProgress): ReadinessTurnsDto => ({
  lately: turns.length,
  flapping: isFlapping({ turns }),
});

const updateView = ({ update }: Instance, show: { secrets: boolean }): InstanceUpdateDto | null => {
  if (!update) return null;
  const { generation, state, strategy, fields, since, endedAt, before, failure } = update;
  return {
    generation,
    state,
    strategy,
    fields: fields.map(shownField),
    requestedAt: since.toISOString(),
    endedAt: endedAt?.toISOString() ?? null,
    inEffect: before && {
      image: before.image,
      registryAuthId: before.registryAuthId,
      command: before.command,
      envs: before.envs.map(({ key, value }) => ({ key, value: show.secrets ? value : MASK })),
      ports: before.ports,
      rootfsSize: before.rootfsSizeGb,
    },
    failure: failure && { code: failure.code, message: failure.message },
  };
};

const machineView = ({ machineId, observation, observedAt }: Machine): MachineDto => ({
  id: machineId,
  status: observation.statusWord,
  observedAt: observedAt.toISOString(),
});

const connectionView = ({ observation, access }: Machine, show: { secrets: boolean }): ConnectionDto | null => {
  if (observation.state !== 'running') return null;
  const ssh = access?.sshCommand
    ? { command: access.sshCommand, ...(show.secrets && { password: access.sshPassword }) }
    : null;
  const secrets = show.secrets && { jupyterUrl: access?.jupyterUrl ?? null, webTerminal: access?.webTerminal ?? null };
  const endpoints = observation.endpoints.map(({ port, protocol, address }) => ({ port, protocol, address }));
  return { endpoints, ssh, ...secrets };
};

/** The latest attempts. */
export const attemptsView = ({ instance, attempts }: Snapshot): AttemptDto[] =>
  attempts.slice(-SHOWN_ATTEMPTS).map((attempt) => attemptView(instance, attempt));

const attemptView = (instance: Instance, attempt: Attempt): AttemptDto => ({
  number: attempt.number,
  slot: slotOf(instance, attempt),
  state: attempt.state,
  reason: attempt.reason,
  message: attempt.message,
  productId: attempt.offer.productId,
  regionId: attempt.offer.regionId,
  pricePerGpuHour: toMoney(attempt.offer.pricePerGpuHour),
  sentAt: attempt.sentAt.toISOString(),
  decidedAt: attempt.decidedAt?.toISOString() ?? null,
});
