import type { BillingMode } from '../vocabulary/billing-mode.js';
import { TAG_ENV } from '../novita-api/tag-env.js';
import type { EnvVar, MachineSpec, Port, VolumeMount } from './machine-spec.js';
import type { OfferTaken } from './offer.js';

/** The part of an order that can be changed later. */
export interface MachineContent {
  image: string;
  registryAuthId: string | null;
  command: string | null;
  entrypoint: string | null;
  envs: EnvVar[];
  ports: Port[];
  rootfsSizeGb: number;
}
export type ContentField = keyof MachineContent;

/** What is ordered from Novita: the caller's words first, the template's where the caller is silent. */
export interface MachineOrder extends MachineContent {
  name: string;
  productId: string;
  clusterId: string;
  gpuNum: number;
  billingMode: BillingMode;
  volumes: VolumeMount[];
  minCudaVersion: string | null;
}

export interface TemplateUsed {
  image: string;
  registryAuthId: string | null;
  command: string | null;
  entrypoint: string | null;
  rootfsSizeGb: number | null;
  ports: Port[];
  envs: EnvVar[];
  minCudaVersion: string | null;
}

/** Novita's first 60 GB are free of charge. */
const DEFAULT_ROOTFS_GB = 60;

/** Null when there is neither a template nor an image. */
export const orderMachine = (
  spec: MachineSpec,
  template: TemplateUsed | null,
  offer: OfferTaken,
  tag: string,
): MachineOrder | null => {
  const content = contentOf(spec, template, tag);
  return (
    content && {
      name: tag,
      productId: offer.productId,
      clusterId: offer.regionId,
      gpuNum: spec.gpuNum,
      billingMode: offer.billingMode,
      volumes: spec.volumes,
      minCudaVersion: template?.minCudaVersion ?? null,
      ...content,
    }
  );
};

/** The part of an order that can be changed later. Null when there is neither a template nor an image. */
export const contentOf = (spec: MachineSpec, template: TemplateUsed | null, tag: string): MachineContent | null => {
  const image = spec.image ?? template?.image;
  if (!image) return null;
  return {
    image,
    rootfsSizeGb: spec.rootfsSizeGb ?? template?.rootfsSizeGb ?? DEFAULT_ROOTFS_GB,
    // a credential belongs to an image: the template's is of no use for another one
    registryAuthId: spec.registryAuthId ?? (spec.image === null ? (template?.registryAuthId ?? null) : null),
    ports: spec.ports ?? template?.ports ?? [],
    envs: [...envsOf(spec, template), { key: TAG_ENV, value: tag }],
    command: spec.command ?? template?.command ?? null,
    entrypoint: template?.entrypoint ?? null,
  };
};

/** Novita takes 100; one of them is our tag. */
export const MAX_ENVS = 99;

/** Those of the workload: the caller's, and before them those of the template that the caller does not name. */
export const envsOf = (spec: Pick<MachineSpec, 'envs'>, template: Pick<TemplateUsed, 'envs'> | null): EnvVar[] => {
  const merged = new Map<string, string>();
  for (const { key, value } of [...(template?.envs ?? []), ...spec.envs]) if (key !== TAG_ENV) merged.set(key, value);
  return Array.from(merged, ([key, value]) => ({ key, value }));
};
