import { describe, expect, it } from 'vitest';
import type { Product } from '../../novita-api/novita-client.js';
import { offersOf } from './offers.js';

const clusters = [
  { clusterId: 'us-ca-6', name: 'US-CA-06 (California)' },
  { clusterId: 'as-sgp-2', name: 'AS-SGP-02 (Singapore)' },
];

const product = (changes: Partial<Product> = {}): Product => ({
  productId: '4090.16c62g',
  name: 'RTX 4090 24GB',
  regionNames: ['US-CA-06 (California)'],
  billingModes: ['onDemand', 'spot'],
  available: true,
  stock: 'normal',
  pricePerGpuHour: { onDemand: 35_000, spot: 18_000 },
  cpuPerGpu: 16,
  memoryGbPerGpu: 62,
  minRootfsGb: 10,
  maxRootfsGb: 1024,
  ...changes,
});

const regions = (changes: Partial<Product>) =>
  offersOf([product(changes)], clusters, 'spot').map(({ regionId }) => regionId);

describe('offers', () => {
  it('a product is offered in each of its regions at the price of the billing mode', () => {
    expect(offersOf([product()], clusters, 'spot')).toMatchObject([{ regionId: 'us-ca-6', pricePerGpuHour: 18_000 }]);
    expect(offersOf([product()], clusters, 'onDemand')).toMatchObject([{ pricePerGpuHour: 35_000 }]);
  });

  it('a product without regions is offered everywhere', () => {
    expect(regions({ regionNames: [] })).toEqual(['us-ca-6', 'as-sgp-2']);
  });

  it.each([['US-CA-06'], ['us-ca-06 (somewhere)'], ['us-ca-6']])('region %j is recognised', (name) => {
    expect(regions({ regionNames: [name] })).toEqual(['us-ca-6']);
  });

  it('a product without a spot price is not offered as spot', () => {
    expect(regions({ pricePerGpuHour: { onDemand: 1, spot: null } })).toEqual([]);
    expect(regions({ billingModes: ['onDemand'] })).toEqual([]);
  });
});
