import { describe, expect, it } from 'vitest';
import { decodeCluster, decodeProduct, decodeRegistryAuth } from './catalogue.wire.js';
import { decodeData } from './page.wire.js';

const product = (fields: object) =>
  decodeProduct({ id: 'p1', name: 'RTX', billingMethods: ['onDemand', 'spot'], ...fields });

describe('reading a product', () => {
  it.each([
    ['35000', 35_000],
    [35_000, 35_000],
    ['0', null],
    [0, null],
    ['', null],
    [null, null],
    ['-5', null],
    ['0.35', null],
    ['12345678901234567', null],
  ])('reads the price %j as %j', (price, expected) => {
    expect(product({ price, spotPrice: price })?.pricePerGpuHour).toEqual({ onDemand: expected, spot: expected });
  });

  it('offers a mode only when it is both listed and priced', () => {
    expect(product({ price: '5', spotPrice: '0' })?.billingModes).toEqual(['onDemand']);
    expect(product({ price: '5', spotPrice: '4', billingMethods: ['spot', 'monthly'] })).toMatchObject({
      billingModes: ['spot'],
      pricePerGpuHour: { onDemand: null, spot: 4 },
    });
    expect(product({ price: '5', spotPrice: '4', billingMethods: null })?.billingModes).toEqual(['onDemand', 'spot']);
  });

  it('reads sizes written as text', () => {
    expect(product({ cpuPerGpu: '16', memoryPerGpu: '62', minRootFS: '10', maxRootFS: '1024' })).toMatchObject({
      cpuPerGpu: 16,
      memoryGbPerGpu: 62,
      minRootfsGb: 10,
      maxRootfsGb: 1024,
    });
  });

  it.each([
    [{ availableDeploy: true, inventoryState: 'none' }, true, 'none'],
    [{ availableDeploy: false, inventoryState: 'high' }, false, 'high'],
    [{ inventoryState: 'none' }, false, 'none'],
    [{ inventoryState: '' }, true, 'unknown'],
    [{ inventoryState: 'plenty' }, true, 'unknown'],
  ])('reads the stock in %j', (fields, available, stock) => {
    expect(product(fields)).toMatchObject({ available, stock });
  });

  it.each([
    ['35000', undefined, 35_000],
    ['35000', '10', 35_000],
    ['3500', 1, 35_000],
    ['35000000', '10000', 35_000],
    ['35000001', '10000', 35_001],
    ['35000', '0', null],
    ['35000', 'ten', null],
  ])('reads the price %j with the precision %j as %j', (price, pricePrecision, expected) => {
    const row = { price, spotPrice: price, ...(pricePrecision === undefined ? {} : { pricePrecision }) };
    expect(product(row)?.pricePerGpuHour).toEqual({ onDemand: expected, spot: expected });
  });

  it.each([
    [{ canBuy: true, activityProduct: false }, true],
    [{ canBuy: false }, false],
    [{ activityProduct: true }, false],
    [{ canBuy: 'no', activityProduct: 'yes' }, true],
    [{ canBuy: true, availableDeploy: false }, false],
  ])('a product with %j is available: %j', (fields, available) => {
    expect(product({ availableDeploy: true, inventoryState: 'high', ...fields })).toMatchObject({ available });
  });

  it('needs an id and nothing else', () => {
    expect(decodeProduct({ id: 'p1' })).toMatchObject({
      productId: 'p1',
      name: 'p1',
      regionNames: [],
      billingModes: [],
    });
    expect(decodeProduct({ name: 'RTX' })).toBeNull();
    expect(decodeProduct(null)).toBeNull();
  });
});

describe('reading the lists without pages', () => {
  it('skips what cannot be read and keeps the rest', () => {
    expect(decodeData({ data: [null, { name: 'x' }, { id: '5' }] }, decodeCluster)).toEqual([
      { clusterId: '5', name: '5' },
    ]);
  });

  it('takes null for an empty list, and anything without a list for no answer', () => {
    expect(decodeData({ data: null }, decodeCluster)).toEqual([]);
    expect(decodeData({}, decodeCluster)).toBeNull();
    expect(decodeData([], decodeCluster)).toBeNull();
    expect(decodeData('', decodeCluster)).toBeNull();
  });

  it('forgets the password of a registry credential', () => {
    const auth = decodeRegistryAuth({ id: 12, name: 'docker.io', username: 'u', password: 'hunter2' });
    expect(auth).toEqual({ registryAuthId: '12', name: 'docker.io', username: 'u' });
  });
});
