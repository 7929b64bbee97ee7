import Type, { type Static } from 'typebox';
import type { BillingMode } from '../vocabulary/billing-mode.js';
import type { Protocol } from '../vocabulary/protocol.js';
import { word } from '../vocabulary/shape.js';

export const PortShape = Type.Object({ port: Type.Integer(), protocol: word<Protocol>() });
export type Port = Static<typeof PortShape>;

export interface EnvVar {
  key: string;
  value: string;
}

/** The part of a request that decides which offers fit. */
export interface OfferSpec {
  /** The name of a product, or its id. */
  productName: string;
  /** Region ids, codes or names, in the caller's words; empty means anywhere. */
  regions: string[];
  billingMode: BillingMode;
  /** Cap in 1/100000 USD per GPU and hour; null means any price. */
  maxPricePerGpuHour: number | null;
  /** Null: the template's, or 60. */
  rootfsSizeGb: number | null;
}

/** The part of a request that is ordered from Novita. Null: what the template says. */
export interface MachineSpec extends OfferSpec {
  gpuNum: number;
  image: string | null;
  registryAuthId: string | null;
  command: string | null;
  ports: Port[] | null;
  envs: EnvVar[];
}
