import { formatUnits } from '../../money/price.js';
import type { InstanceSpec, ReadinessSpec, StatusRange } from '../domain/instance-spec.js';
import type { CapacityWait, GpuSpec } from '../../placement/machine-spec.js';
import type { CapacityWaitDto, GpuDto, InstanceSpecDto } from './dto/create-instance.dto.js';
import type { InstanceDto } from './dto/instance.dto.js';
import type { AppliedReadinessDto } from './dto/readiness.dto.js';

/** Stands for a secret that is not shown. */
export const MASK = '***';

/** What a caller asked for, as the answer shows it. A field of the request that is missing here does not compile. */
export const specView = (spec: InstanceSpec, show: { secrets: boolean }): Pick<InstanceDto, keyof InstanceSpecDto> => ({
  productName: spec.productName,
  gpu: spec.gpu && gpuView(spec.gpu, spec.gpuNum),
  templateId: spec.templateId,
  image: spec.image,
  command: spec.command,
  gpuNum: spec.gpuNum,
  rootfsSize: spec.rootfsSizeGb,
  regions: spec.regions,
  billingMode: spec.orOnDemand ? 'spotThenOnDemand' : spec.billingMode,
  maxPricePerGpuHour: spec.maxPricePerGpuHour === null ? null : formatUnits(spec.maxPricePerGpuHour),
  maxPricePerHour: spec.maxPricePerHour === null ? null : formatUnits(spec.maxPricePerHour),
  planId: spec.planId,
  capacityWait: spec.capacityWait && capacityWaitView(spec.capacityWait),
  ports: spec.ports,
  envs: spec.envs.map(({ key, value }) => ({ key, value: show.secrets ? value : MASK })),
  registryAuthId: spec.registryAuthId,
  volumes: spec.volumes,
  onAmbiguous: spec.onAmbiguous,
  onReclaim: spec.onReclaim,
  onStartFailure: spec.onStartFailure,
  onFailure: spec.onFailure,
  labels: spec.labels,
  readiness: readinessView(spec.readiness),
});

const capacityWaitView = ({ forMinutes, maxPricePerHour }: CapacityWait): CapacityWaitDto => ({
  forMinutes,
  ...(maxPricePerHour !== null && { maxPricePerHour: formatUnits(maxPricePerHour) }),
});

const gpuView = ({ names, minMemoryGb }: GpuSpec, count: number): GpuDto => ({
  names,
  ...(minMemoryGb !== null && { minMemoryGb }),
  count,
});

const readinessView = ({ probes, ...rest }: ReadinessSpec): AppliedReadinessDto => ({
  ...rest,
  ...(probes && {
    probes: probes.map((probe) =>
      probe.type === 'http'
        ? { port: probe.port, type: probe.type, path: probe.path, accept: probe.accept.map(rangeText) }
        : { port: probe.port, type: probe.type },
    ),
  }),
});

const rangeText = ({ from, to }: StatusRange): string => (from === to ? String(from) : `${from}-${to}`);
