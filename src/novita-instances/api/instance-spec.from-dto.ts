import { DomainError, type Fault } from '../../errors/domain-error.js';
import { parseUnits } from '../../money/price.js';
import type { BillingChoice } from '../../vocabulary/billing-mode.js';
import type { CapacityWait, Port } from '../../placement/machine-spec.js';
import type { InstanceSpec, ProbeSpec, ReadinessSpec, StatusRange } from '../domain/instance-spec.js';
import type { Policy } from '../domain/policy.js';
import { DEFAULT_ACCEPT, readinessSeconds } from '../domain/readiness.js';
import { DEFAULT_READINESS } from '../domain/instance-spec.js';
import { DEFAULT_MOUNT_PATH, type CapacityWaitDto, type CreateInstanceDto } from './dto/create-instance.dto.js';
import type { ProbeDto, ReadinessDto } from './dto/readiness.dto.js';

/**
 * Refuses what only the fields together show to be wrong. Some of it depends on settings, so that what was taken once may be
 * refused later: a repetition of a request is answered before this is asked.
 * @throws DomainError VALIDATION_ERROR
 */
export const assertConsistent = (body: CreateInstanceDto, policy: Pick<Policy, 'readinessTimeoutSeconds'>): void => {
  const faults = [...faultsBetweenFields(body), ...faultsOfTimes(body, policy)];
  if (faults.length > 0) throw new DomainError('VALIDATION_ERROR', 'The request contradicts itself.', { faults });
};

/** What was asked for, with every default filled in. Depends on nothing else: the same body is the same request for ever. */
export const specFromDto = (body: CreateInstanceDto): InstanceSpec => {
  return {
    productName: body.productName ?? null,
    gpu: body.gpu ? { names: body.gpu.names ?? [], minMemoryGb: body.gpu.minMemoryGb ?? null } : null,
    templateId: body.templateId ?? null,
    image: body.image ?? null,
    command: body.command ?? null,
    ports: body.ports?.map(({ port, protocol }) => ({ port, protocol })) ?? null,
    envs: body.envs?.map(({ key, value }) => ({ key, value })) ?? [],
    registryAuthId: body.registryAuthId ?? null,
    volumes: body.volumes?.map(({ id, mountPath }) => ({ id, mountPath: mountPath ?? DEFAULT_MOUNT_PATH })) ?? [],
    gpuNum: body.gpu?.count ?? body.gpuNum ?? 1,
    rootfsSizeGb: body.rootfsSize ?? null,
    regions: body.regions ?? (body.region === undefined ? [] : [body.region]),
    ...billingFrom(body.billingMode ?? 'onDemand'),
    maxPricePerGpuHour: body.maxPricePerGpuHour === undefined ? null : parseUnits(body.maxPricePerGpuHour),
    maxPricePerHour: body.maxPricePerHour === undefined ? null : parseUnits(body.maxPricePerHour),
    planId: body.planId ?? null,
    plannedPricePerHour: null,
    capacityWait: body.capacityWait ? capacityWaitFrom(body.capacityWait) : null,
    labels: body.labels ?? {},
    readiness: readinessFromDto(body.readiness),
    onAmbiguous: body.onAmbiguous ?? 'wait',
    onReclaim: body.onReclaim ?? 'replace',
    onStartFailure: body.onStartFailure ?? 'wait',
    onFailure: body.onFailure ?? 'fail',
  };
};

/** The spec as releases made it that lack some of its fields: those are left out when they were not given. */
export const asBefore = ({
  gpu,
  orOnDemand,
  maxPricePerHour,
  planId,
  plannedPricePerHour: _notGiven,
  capacityWait,
  volumes,
  ...spec
}: InstanceSpec): object => ({
  ...spec,
  ...(planId !== null && { planId }),
  ...(capacityWait && { capacityWait }),
  ...(gpu && { gpu }),
  ...(orOnDemand && { orOnDemand }),
  ...(maxPricePerHour !== null && { maxPricePerHour }),
  ...(volumes.length > 0 && { volumes }),
});

const capacityWaitFrom = ({ forMinutes, maxPricePerHour }: CapacityWaitDto): CapacityWait => ({
  forMinutes,
  maxPricePerHour: maxPricePerHour === undefined ? null : parseUnits(maxPricePerHour),
});

const billingFrom = (choice: BillingChoice): Pick<InstanceSpec, 'billingMode' | 'orOnDemand'> =>
  choice === 'spotThenOnDemand'
    ? { billingMode: 'spot', orOnDemand: true }
    : { billingMode: choice, orOnDemand: false };

const faultsBetweenFields = (body: CreateInstanceDto): Fault[] => {
  const { region, regions, ports, templateId, volumes = [] } = body;
  const faults: Fault[] = [];
  if (region !== undefined && regions !== undefined) {
    faults.push({ pointer: '/region', detail: 'give region or regions, not both' });
  }
  if (body.productName === undefined && body.gpu === undefined) {
    faults.push({ pointer: '/productName', detail: 'give productName or gpu' });
  }
  if (body.gpu?.count !== undefined && ![1, body.gpu.count].includes(body.gpuNum ?? 1)) {
    faults.push({ pointer: '/gpu/count', detail: 'must be gpuNum, or gpuNum must be left out' });
  }
  if (body.productName !== undefined && body.gpu !== undefined) {
    faults.push({ pointer: '/gpu', detail: 'give productName or gpu, not both' });
  }
  const paths = volumes.map(({ mountPath = DEFAULT_MOUNT_PATH }) => mountPath);
  paths.forEach((path, at) => {
    if (paths.indexOf(path) !== at) {
      faults.push({
        pointer: `/volumes/${at}/mountPath`,
        detail: 'must differ from the mountPath of every other volume',
      });
    }
  });
  // without ports those of the template are opened: which these are is not known here
  const opened = ports ?? (templateId === undefined ? [] : null);
  if (opened) faults.push(...faultsOfProbes(body, opened));
  body.readiness?.probes?.forEach((probe, at) => {
    const pointer = `/readiness/probes/${at}`;
    if (probe.type !== 'http' && (probe.path !== undefined || probe.accept !== undefined)) {
      faults.push({ pointer, detail: 'path and accept belong to http probes only' });
    }
  });
  return faults;
};

/** Probes that can never be answered, since the machine does not open their ports so. */
export const faultsOfProbes = ({ readiness }: CreateInstanceDto, opened: readonly Port[], whose = ''): Fault[] =>
  (readiness?.probes ?? []).flatMap(({ port, type }, at) => {
    const pointer = `/readiness/probes/${at}`;
    const found = opened.find((candidate) => candidate.port === port);
    if (!found) return [{ pointer: `${pointer}/port`, detail: `must be one of ports ${whose}`.trimEnd() }];
    const isWrong = found.protocol === 'tcp' && type === 'http';
    return isWrong ? [{ pointer: `${pointer}/type`, detail: 'a tcp port cannot be asked in http' }] : [];
  });

/** A workload that is first asked when its time is over can never become ready. */
const faultsOfTimes = (
  { readiness = {} }: CreateInstanceDto,
  policy: Pick<Policy, 'readinessTimeoutSeconds'>,
): Fault[] => {
  const seconds = readinessSeconds(readiness, policy);
  if ((readiness.initialDelaySeconds ?? 0) < seconds) return [];
  const detail = `must be less than the ${seconds} seconds in which the workload has to answer; set readyWithinSeconds to give it more`;
  return [{ pointer: '/readiness/initialDelaySeconds', detail }];
};

const readinessFromDto = (body: ReadinessDto | undefined): ReadinessSpec => ({
  probes: body?.probes?.map(probeFromDto) ?? null,
  initialDelaySeconds: body?.initialDelaySeconds ?? DEFAULT_READINESS.initialDelaySeconds,
  intervalSeconds: body?.intervalSeconds ?? DEFAULT_READINESS.intervalSeconds,
  timeoutSeconds: body?.timeoutSeconds ?? DEFAULT_READINESS.timeoutSeconds,
  successThreshold: body?.successThreshold ?? DEFAULT_READINESS.successThreshold,
  failureThreshold: body?.failureThreshold ?? DEFAULT_READINESS.failureThreshold,
  // left out when it is not given: the fingerprint of an Idempotency-Key covers the whole spec
  ...(body?.readyWithinSeconds !== undefined && { readyWithinSeconds: body.readyWithinSeconds }),
});

const probeFromDto = ({ port, type, path, accept }: ProbeDto): ProbeSpec =>
  type === 'http'
    ? { port, type, path: path ?? '/', accept: accept?.map(rangeFromText) ?? DEFAULT_ACCEPT }
    : { port, type };

const rangeFromText = (text: string): StatusRange => {
  const [from = '', to = from] = text.split('-');
  return { from: Number(from), to: Number(to) };
};
