import Type, { type Static } from 'typebox';
import { CapacityWaitShape, GpuShape, PortShape, VolumeMountShape, type EnvVar } from '../../placement/machine-spec.js';
import type { BillingMode } from '../../vocabulary/billing-mode.js';
import type { OnFailure, OnStartFailure } from '../../vocabulary/on-failure.js';
import type { OnReclaim } from '../../vocabulary/on-reclaim.js';
import { nullable, word } from '../../vocabulary/shape.js';

/** What the caller asked for. Novitai never changes it. */

const StatusRangeShape = Type.Object({ from: Type.Integer(), to: Type.Integer() });
export type StatusRange = Static<typeof StatusRangeShape>;

/** How one port is asked whether the workload answers. */
export const ProbeShape = Type.Union([
  Type.Object({
    port: Type.Integer(),
    type: Type.Literal('http'),
    path: Type.String(),
    accept: Type.Array(StatusRangeShape),
  }),
  Type.Object({ port: Type.Integer(), type: Type.Literal('tcp') }),
  Type.Object({ port: Type.Integer(), type: Type.Literal('none') }),
]);
export type ProbeSpec = Static<typeof ProbeShape>;

const ReadinessShape = Type.Object({
  /** Null: derived from the machine's ports. */
  probes: Type.Union([Type.Array(ProbeShape), Type.Null()], { default: null }),
  initialDelaySeconds: Type.Number({ default: 0 }),
  intervalSeconds: Type.Number({ default: 30 }),
  timeoutSeconds: Type.Number({ default: 3 }),
  successThreshold: Type.Integer({ default: 1 }),
  failureThreshold: Type.Integer({ default: 3 }),
  /** From `running` to the first good answer. Absent: as long as the operator's policy says. */
  readyWithinSeconds: Type.Optional(Type.Number()),
});
export type ReadinessSpec = Static<typeof ReadinessShape>;

/** What is asked of a workload when the caller says nothing. */
export const DEFAULT_READINESS: ReadinessSpec = {
  probes: null,
  initialDelaySeconds: 0,
  intervalSeconds: 30,
  timeoutSeconds: 3,
  successThreshold: 1,
  failureThreshold: 3,
};

/** The part that is stored as JSON: the environment variables are sealed. */
export const SpecShape = Type.Object({
  /** Null: `gpu` says what will do. A release that knows no `gpu` cannot read such a spec, and so buys nothing for it. */
  productName: nullable(Type.String()),
  gpu: Type.Union([GpuShape, Type.Null()], { default: null }),
  templateId: nullable(Type.String()),
  image: nullable(Type.String()),
  command: nullable(Type.String()),
  ports: nullable(Type.Array(PortShape)),
  registryAuthId: nullable(Type.String()),
  volumes: Type.Array(VolumeMountShape, { default: [] }),
  gpuNum: Type.Integer(),
  /** Null: the template's, or 60. */
  rootfsSizeGb: nullable(Type.Integer()),
  /** Region ids, codes or names, in the caller's words; empty means anywhere. */
  regions: Type.Array(Type.String()),
  billingMode: word<BillingMode>(),
  /** When no spot offer can be had, one on demand is taken. A word of its own: to a release without it this is a spot request. */
  orOnDemand: Type.Boolean({ default: false }),
  /** Cap in 1/100000 USD per GPU and hour; null means any price. */
  maxPricePerGpuHour: nullable(Type.Integer()),
  /** Cap in 1/100000 USD for the whole machine and hour; null means any price. */
  maxPricePerHour: Type.Union([Type.Integer(), Type.Null()], { default: null }),
  /** The plan that the request names. Null: it names none. */
  planId: Type.Union([Type.String(), Type.Null()], { default: null }),
  /** What the whole machine costs per hour by that plan, in 1/100000 USD: a cap of every purchase and start. */
  plannedPricePerHour: Type.Union([Type.Integer(), Type.Null()], { default: null }),
  /** Null: as long as the operator's policy says, at any price under the caps. */
  capacityWait: Type.Union([CapacityWaitShape, Type.Null()], { default: null }),
  labels: Type.Record(Type.String(), Type.String()),
  readiness: ReadinessShape,
  /** When nothing tells whether a create came true: look for its machine, or fail at once and delete the machine if it appears. */
  onAmbiguous: Type.Unsafe<'wait' | 'fail'>({ type: 'string', default: 'wait' }),
  onReclaim: Type.Unsafe<OnReclaim>({ type: 'string', default: 'replace' }),
  onStartFailure: Type.Unsafe<OnStartFailure>({ type: 'string', default: 'wait' }),
  onFailure: Type.Unsafe<OnFailure>({ type: 'string', default: 'fail' }),
});
export type StoredSpec = Static<typeof SpecShape>;

export interface InstanceSpec extends StoredSpec {
  envs: EnvVar[];
}

/** A spec that asks for nothing in particular: for instances of which less is known than a caller says. */
export const BLANK_SPEC: InstanceSpec = {
  productName: 'unknown',
  gpu: null,
  templateId: null,
  image: null,
  command: null,
  ports: null,
  envs: [],
  registryAuthId: null,
  volumes: [],
  gpuNum: 1,
  rootfsSizeGb: null,
  regions: [],
  billingMode: 'onDemand',
  orOnDemand: false,
  maxPricePerGpuHour: null,
  maxPricePerHour: null,
  planId: null,
  plannedPricePerHour: null,
  capacityWait: null,
  labels: {},
  readiness: DEFAULT_READINESS,
  onAmbiguous: 'wait',
  onReclaim: 'replace',
  onStartFailure: 'wait',
  onFailure: 'fail',
};
