import type { DesiredState } from '../../vocabulary/desired-state.js';
import type { Attempt, Snapshot, Instance } from './instance.js';
import type { MachineMake, Observation } from '../../machines/domain/machine.js';
import type { Offer } from '../../placement/offer.js';
import { BLANK_SPEC } from './instance-spec.js';
import { madeAt } from '../../machines/domain/tag.js';
import { newInstance } from './commands.js';

/** For machines whose create is not on record: the database has lost the commit that it was written down in. */

/** The reason of an attempt that was made again from its machine: its times are not those of the create. */
export const UNRECORDED = 'UNRECORDED';

/** The number of the next create: above every one that was recorded, and every one that a machine tells of. */
export const nextNumber = ({ attempts, machines }: Snapshot): number =>
  Math.max(0, ...attempts.map(({ number }) => number), ...machines.map(({ attemptNumber }) => attemptNumber)) + 1;

/** The record of a create as it must have been. `price` in 1/100000 USD per GPU and hour. */
export const unrecordedAttempt = (
  make: MachineMake,
  number: number,
  price: number,
  now: Date,
): Omit<Attempt, 'tag'> => ({
  number,
  round: 1,
  offer: {
    productId: make.productId ?? 'unknown',
    productName: make.productName ?? 'unknown',
    regionId: make.clusterId ?? 'unknown',
    regionName: make.clusterName ?? 'unknown',
    billingMode: make.billingMode ?? 'onDemand',
    pricePerGpuHour: price,
  },
  state: 'ACCEPTED',
  reason: UNRECORDED,
  message: 'The record of this create was lost; it was made again from its machine.',
  machineId: null,
  sentAt: now,
  settleAfter: now,
  decidedAt: now,
  cleanPasses: 0,
  lastCleanPassAt: null,
});

/** What such a machine costs now, in 1/100000 USD per GPU and hour; null when it is not sold any more. */
export const priceOf = (
  { productId, clusterId, billingMode }: Pick<MachineMake, 'productId' | 'clusterId' | 'billingMode'>,
  offers: Offer[],
): number | null => {
  const ofProduct = offers.filter((offer) => offer.productId === productId && offer.billingMode === billingMode);
  return (ofProduct.find(({ regionId }) => regionId === clusterId) ?? ofProduct[0])?.pricePerGpuHour ?? null;
};

const NAME_LETTERS = 10;

/** An instance as it may have been, made around its machine. What cannot be seen of it (envs, command) is left out. */
export const instanceAround = (
  instanceId: string,
  machineId: string,
  make: MachineMake,
  { endpoints }: Observation,
  desired: DesiredState,
  now: Date,
): Instance => ({
  ...newInstance(
    instanceId,
    `recovered-${instanceId.slice(-NAME_LETTERS).toLowerCase()}`,
    {
      ...BLANK_SPEC,
      productName: make.productName ?? make.productId ?? BLANK_SPEC.productName,
      image: make.image,
      ports: endpoints.map(({ port, protocol }) => ({ port, protocol })),
      gpuNum: make.gpuNum ?? BLANK_SPEC.gpuNum,
      rootfsSizeGb: make.rootfsSizeGb,
      billingMode: make.billingMode ?? BLANK_SPEC.billingMode,
    },
    now,
  ),
  createdAt: madeAt(instanceId),
  desired,
  machineId,
});
