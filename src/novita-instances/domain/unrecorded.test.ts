import { describe, expect, it } from 'vitest';
import {
  aMachine,
  anAttempt,
  anInstance,
  at,
  INSTANCE_ID,
  UNKNOWN_MAKE,
} from '../../../test/support/snapshot-builder.js';
import type { MachineMake } from '../../machines/domain/machine.js';
import type { Offer } from '../../placement/offer.js';
import { instanceAround, nextNumber, priceOf, unrecordedAttempt } from './unrecorded.js';

const MAKE: MachineMake = {
  productId: '4090.16c62g',
  productName: 'RTX 4090 24GB',
  clusterId: 'us-ca-6',
  clusterName: 'US-CA-06 (California)',
  gpuNum: 2,
  billingMode: 'spot',
  image: 'example/image:1',
  rootfsSizeGb: 80,
};

describe('the number of the next create', () => {
  const numberAfter = (attempts: number[], machines: number[]): number =>
    nextNumber({
      instance: anInstance(),
      attempts: attempts.map((number) => anAttempt({ number })),
      machines: machines.map((attemptNumber) => aMachine('running', { machineId: `m${attemptNumber}`, attemptNumber })),
    });

  it.each([
    ['nothing', [], [], 1],
    ['creates on record, in any order', [2, 1], [], 3],
    ['a machine whose create is not on record', [], [4], 5],
    ['a machine of a later create than any on record', [1, 2], [1, 7], 8],
    ['a machine of an earlier one', [3], [1], 4],
    ['a machine that is held without a tag', [], [0], 1],
  ])('after %s', (_, attempts, machines, next) => {
    expect(numberAfter(attempts, machines)).toBe(next);
  });
});

describe('the price of a machine that is not on record', () => {
  const offer = (regionId: string, pricePerGpuHour: number, changes: Partial<Offer> = {}): Offer => ({
    ...anAttempt().offer,
    regionId,
    pricePerGpuHour,
    available: true,
    stock: 'high',
    minRootfsGb: null,
    maxRootfsGb: null,
    ...changes,
  });

  it.each<[string, MachineMake, Offer[], number | null]>([
    ['is its own region’s', MAKE, [offer('eu-de-1', 1), offer('us-ca-6', 2)], 2],
    ['is another region’s when its own sells it no more', MAKE, [offer('eu-de-1', 1)], 1],
    ['is that of its billing mode', MAKE, [offer('us-ca-6', 9, { billingMode: 'onDemand' }), offer('us-ca-6', 2)], 2],
    ['is not that of another product', MAKE, [offer('us-ca-6', 2, { productId: 'h100' })], null],
    ['is the same whether or not it is in stock', MAKE, [offer('us-ca-6', 2, { available: false })], 2],
    ['is not known when Novita says nothing of it', UNKNOWN_MAKE, [offer('us-ca-6', 2)], null],
  ])('%s', (_, make, offers, price) => {
    expect(priceOf(make, offers)).toBe(price);
  });
});

describe('the record of a create that was lost', () => {
  it('is that of an answered one, of what the machine is made of, and says that it was made again', () => {
    expect(unrecordedAttempt(MAKE, 3, 18_000, at(9))).toMatchObject({
      number: 3,
      state: 'ACCEPTED',
      reason: 'UNRECORDED',
      decidedAt: at(9),
      offer: { productId: '4090.16c62g', regionId: 'us-ca-6', billingMode: 'spot', pricePerGpuHour: 18_000 },
    });
  });

  it('of a machine of which Novita says nothing takes the dearer billing mode and no name for a fact', () => {
    expect(unrecordedAttempt(UNKNOWN_MAKE, 1, 0, at(9)).offer).toMatchObject({
      productId: 'unknown',
      regionId: 'unknown',
      billingMode: 'onDemand',
    });
  });
});

describe('an instance made around a machine', () => {
  const { observation } = aMachine('running');
  const around = (make: MachineMake, desired: 'running' | 'stopped' | 'deleted' = 'running') =>
    instanceAround(INSTANCE_ID, 'm1', make, observation, desired, at(500));

  it('holds it, under its old id, as old as that id says, and wanted from now on', () => {
    expect(around(MAKE)).toMatchObject({
      id: INSTANCE_ID,
      machineId: 'm1',
      createdAt: new Date(1735689600000),
      progress: { wantedAt: at(500) },
    });
  });

  it('has the spec that can be seen, and nothing made up', () => {
    expect(around(MAKE).spec).toMatchObject({
      productName: 'RTX 4090 24GB',
      gpuNum: 2,
      rootfsSizeGb: 80,
      billingMode: 'spot',
      image: 'example/image:1',
      ports: [{ port: 8188, protocol: 'http' }],
      envs: [],
      command: null,
      maxPricePerGpuHour: null,
    });
    expect(around(UNKNOWN_MAKE).spec).toMatchObject({
      productName: 'unknown',
      gpuNum: 1,
      image: null,
      rootfsSizeGb: null,
    });
  });

  it('has a name that a caller can type, from the end of its id, so that two do not share it', () => {
    expect(around(MAKE).name).toBe('recovered-s3b3x8t1rv');
  });

  it.each(['running', 'stopped', 'deleted'] as const)('wants what the person said: %s', (desired) => {
    expect(around(MAKE, desired).desired).toBe(desired);
  });
});
