import Type, { type Static } from 'typebox';
import type { BillingMode } from '../vocabulary/billing-mode.js';
import type { Protocol } from '../vocabulary/protocol.js';
import { nullable, word } from '../vocabulary/shape.js';

export const PortShape = Type.Object({ port: Type.Integer(), protocol: word<Protocol>() });
export type Port = Static<typeof PortShape>;

export interface EnvVar {
  key: string;
  value: string;
}

/** A network volume, and the path at which the workload finds it. */
export const VolumeMountShape = Type.Object({ id: Type.String(), mountPath: Type.String() });
export type VolumeMount = Static<typeof VolumeMountShape>;

/** A GPU that will do. */
export const GpuShape = Type.Object({
  /** Names of products, or their leading words; empty means any. */
  names: Type.Array(Type.String()),
  /** Memory of one GPU. */
  minMemoryGb: nullable(Type.Integer()),
});
export type GpuSpec = Static<typeof GpuShape>;

/** How long, and for what price, an instance waits when no offer is free. */
export const CapacityWaitShape = Type.Object({
  /** 0: it does not wait. */
  forMinutes: Type.Integer(),
  /** In 1/100000 USD for the whole machine and hour: an offer that costs more does not count as free. Null: the caps alone decide. */
  maxPricePerHour: nullable(Type.Integer()),
});
export type CapacityWait = Static<typeof CapacityWaitShape>;

/** The part of a request that decides which offers fit. */
export interface OfferSpec {
  /** The name of a product, or its id. Null: `gpu` says what will do. */
  productName: string | null;
  gpu: GpuSpec | null;
  gpuNum: number;
  /** Region ids, codes or names, in the caller's words; empty means anywhere. */
  regions: string[];
  billingMode: BillingMode;
  /** When no spot offer can be had, one on demand is taken. */
  orOnDemand: boolean;
  /** Cap in 1/100000 USD per GPU and hour; null means any price. */
  maxPricePerGpuHour: number | null;
  /** Cap in 1/100000 USD for the whole machine and hour; null means any price. */
  maxPricePerHour: number | null;
  /** What the whole machine costs per hour by the plan that the request names, in 1/100000 USD: a cap. Null: it names no plan. */
  plannedPricePerHour: number | null;
  /** Null: the request does not say how long to wait. */
  capacityWait: CapacityWait | null;
  /** Null: the template's, or 60. */
  rootfsSizeGb: number | null;
  /** A machine can only be in the region of its volumes. */
  volumes: VolumeMount[];
}

/** The part of a request that is ordered from Novita. Null: what the template says. */
export interface MachineSpec extends OfferSpec {
  image: string | null;
  registryAuthId: string | null;
  command: string | null;
  ports: Port[] | null;
  envs: EnvVar[];
}
