import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatUnits, parseUnits } from './price.js';

describe('prices', () => {
  it.each([
    [35_000, '0.35'],
    [0, '0.00'],
    [100_000, '1.00'],
    [139_000, '1.39'],
    [12_345, '0.12345'],
    [256_010, '2.5601'],
    [1, '0.00001'],
  ])('%i units read %s', (units, text) => {
    expect(formatUnits(units)).toBe(text);
  });

  it('a price that is written and read again is the same price', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 9 }), (units) => {
        expect(parseUnits(formatUnits(units))).toBe(units);
      }),
    );
  });

  it.each(['', '-1', '1.', '.5', '1e3', '0.123456', 'abc', '1,5'])('refuses %j', (text) => {
    expect(parseUnits(text)).toBeNull();
  });
});
