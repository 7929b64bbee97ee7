import { DomainError, type Fault } from '../../errors/domain-error.js';
import { parseUnits } from '../../money/price.js';
import type { InstanceSpec, ProbeSpec, ReadinessSpec, StatusRange } from '../domain/instance.js';
import { DEFAULT_ACCEPT, DEFAULT_READINESS } from '../domain/readiness.js';
import type { CreateInstanceDto } from './dto/create-instance.dto.js';
import type { ProbeDto, ReadinessDto } from './dto/readiness.dto.js';

/**
 * What was asked for, with every default filled in.
 * @throws DomainError VALIDATION_ERROR for what only the fields together show to be wrong
 */
export const specFromDto = (body: CreateInstanceDto): InstanceSpec => {
  const faults = faultsBetweenFields(body);
  if (faults.length > 0) throw new DomainError('VALIDATION_ERROR', 'The request contradicts itself.', { faults });
  return {
    productName: body.productName,
    templateId: body.templateId ?? null,
    image: body.image ?? null,
    command: body.command ?? null,
    ports: body.ports?.map(({ port, protocol }) => ({ port, protocol })) ?? null,
    envs: body.envs?.map(({ key, value }) => ({ key, value })) ?? [],
    registryAuthId: body.registryAuthId ?? null,
    gpuNum: body.gpuNum ?? 1,
    rootfsSizeGb: body.rootfsSize ?? null,
    regions: body.regions ?? (body.region === undefined ? [] : [body.region]),
    billingMode: body.billingMode ?? 'onDemand',
    maxPricePerGpuHour: body.maxPricePerGpuHour === undefined ? null : parseUnits(body.maxPricePerGpuHour),
    labels: body.labels ?? {},
    readiness: readinessFromDto(body.readiness),
    onAmbiguous: body.onAmbiguous ?? 'wait',
  };
};

const faultsBetweenFields = ({ region, regions, ports, readiness }: CreateInstanceDto): Fault[] => {
  const faults: Fault[] = [];
  if (region !== undefined && regions !== undefined) {
    faults.push({ pointer: '/region', detail: 'give region or regions, not both' });
  }
  readiness?.probes?.forEach((probe, at) => {
    const pointer = `/readiness/probes/${at}`;
    const port = ports?.find((candidate) => candidate.port === probe.port);
    if (ports && !port) faults.push({ pointer: `${pointer}/port`, detail: 'must be one of ports' });
    if (port?.protocol === 'tcp' && probe.type === 'http') {
      faults.push({ pointer: `${pointer}/type`, detail: 'a tcp port cannot be asked in http' });
    }
    if (probe.type !== 'http' && (probe.path !== undefined || probe.accept !== undefined)) {
      faults.push({ pointer, detail: 'path and accept belong to http probes only' });
    }
  });
  return faults;
};

const readinessFromDto = (body: ReadinessDto | undefined): ReadinessSpec => ({
  probes: body?.probes?.map(probeFromDto) ?? null,
  initialDelaySeconds: body?.initialDelaySeconds ?? DEFAULT_READINESS.initialDelaySeconds,
  intervalSeconds: body?.intervalSeconds ?? DEFAULT_READINESS.intervalSeconds,
  timeoutSeconds: body?.timeoutSeconds ?? DEFAULT_READINESS.timeoutSeconds,
  successThreshold: body?.successThreshold ?? DEFAULT_READINESS.successThreshold,
  failureThreshold: body?.failureThreshold ?? DEFAULT_READINESS.failureThreshold,
});

const probeFromDto = ({ port, type, path, accept }: ProbeDto): ProbeSpec =>
  type === 'http'
    ? { port, type, path: path ?? '/', accept: accept?.map(rangeFromText) ?? DEFAULT_ACCEPT }
    : { port, type };

const rangeFromText = (text: string): StatusRange => {
  const [from = '', to = from] = text.split('-');
  return { from: Number(from), to: Number(to) };
};
