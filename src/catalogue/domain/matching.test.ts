import { describe, expect, it } from 'vitest';
import { matchesProduct, matchesRegion } from './matching.js';

const product = { productId: '4090.16c62g', productName: 'RTX 4090 24GB' };
const region = { regionId: 'us-ca-6', regionName: 'US-CA-06 (California)' };

describe('a product', () => {
  it.each(['RTX 4090 24GB', 'rtx 4090 24gb', 'RTX 4090', 'rtx', ' RTX  4090 ', '4090.16c62g', '4090.16C62G'])(
    'is meant by %j',
    (wanted) => {
      expect(matchesProduct(wanted, product)).toBe(true);
    },
  );

  it.each(['', '   ', '4090', 'RTX 40', 'RTX 4090 24', 'RTX 4090 24GB x', '4090.16c', '24GB', 'RTX 4090D'])(
    'is not meant by %j: half a word could be another card',
    (wanted) => {
      expect(matchesProduct(wanted, product)).toBe(false);
    },
  );

  it('4090 is never 4090D', () => {
    expect(matchesProduct('RTX 4090', { productId: 'x', productName: 'RTX 4090D 24GB' })).toBe(false);
  });
});

describe('a region', () => {
  it.each(['us-ca-6', 'US-CA-6', 'US-CA-06', 'us-ca-06', 'US-CA-06 (California)', '  us-ca-6 '])(
    'is meant by %j',
    (wanted) => {
      expect(matchesRegion(wanted, region)).toBe(true);
    },
  );

  it.each(['', 'us', 'us-ca', 'US-CA-0', 'California', '(California)', 'us-ca-66'])('is not meant by %j', (wanted) => {
    expect(matchesRegion(wanted, region)).toBe(false);
  });

  it.each(['eu-west', 'EU-WEST', 'Eu-West', 'frankfurt', 'FRANKFURT', 'Frankfurt (Germany)'])(
    'is meant by %j, however Novita writes its id and its name',
    (wanted) => {
      expect(matchesRegion(wanted, { regionId: 'EU-West', regionName: 'Frankfurt (Germany)' })).toBe(true);
    },
  );
});
