import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { at } from '../../../test/support/snapshot-builder.js';
import { jointReading, withReading, type JointReading, type Reading } from './joint-reading.js';

const reading = (seconds: number, total: number | null, ids: string): Reading => ({
  startedAt: at(seconds),
  total,
  ids: ids === '' ? [] : ids.split(' '),
});

/** What the readings come to, one after the other. */
const after = (...readings: Reading[]): JointReading | null =>
  jointReading(readings.reduce<Reading[]>((kept, next) => withReading(kept, next), []));

describe('readings of a list that is never complete', () => {
  it('are complete together when one more shows no other, and as old as the first that is needed', () => {
    expect(after(reading(0, 3, 'a b'), reading(4, 3, 'b c'))).toBeNull();
    expect(after(reading(0, 3, 'a b'), reading(4, 3, 'b c'), reading(8, 3, 'a c'))).toEqual({
      startedAt: at(0),
      ids: ['a', 'c', 'b'],
    });
    const four = [reading(0, 3, 'a b'), reading(4, 3, 'b c'), reading(8, 3, 'a c'), reading(12, 3, 'b')];
    expect(after(...four)?.startedAt).toEqual(at(4));
  });

  it('count together at both ends of the window', () => {
    const joint = after(reading(0, 2, 'a'), reading(120, 2, 'b'), reading(240, 2, 'b'));
    expect(joint?.startedAt).toEqual(at(0));
  });

  it.each<[string, Reading[]]>([
    ['a single reading', [reading(0, 2, 'a')]],
    [
      'readings that show a machine less than there are',
      [reading(0, 3, 'a b'), reading(4, 3, 'a b'), reading(8, 3, 'a')],
    ],
    ['a total that changed', [reading(0, 2, 'a'), reading(4, 2, 'b'), reading(8, 3, 'a b')]],
    [
      'a total that changed and changed back',
      [reading(0, 2, 'a'), reading(4, 3, 'b'), reading(8, 2, 'b'), reading(12, 2, 'b')],
    ],
    ['a reading in between that could not tell', [reading(0, 2, 'a'), reading(4, null, 'b'), reading(8, 2, 'b')]],
    ['readings that are too far apart', [reading(0, 2, 'a'), reading(200, 2, 'b'), reading(241, 2, 'b')]],
    // b left, and c came: a machine that no reading has shown may be the one in question
    ['more machines than there are', [reading(0, 2, 'a'), reading(4, 2, 'b'), reading(8, 2, 'c')]],
  ])('prove nothing: %s', (_, readings) => {
    expect(after(...readings)).toBeNull();
  });

  const IDS = ['a', 'b', 'c', 'd', 'e', 'f'];
  const part = fc.subarray(IDS);

  it('show every machine that was there all the time, whatever each of them left out', () => {
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 12 }), (parts) => {
        const joint = after(...parts.map((ids, index) => ({ startedAt: at(index), total: IDS.length, ids })));
        if (joint) expect(joint.ids.toSorted()).toEqual(IDS);
      }),
    );
  });

  it('come to an end: a list of random pages is known after some readings', () => {
    fc.assert(
      fc.property(fc.array(fc.shuffledSubarray(IDS, { minLength: 3 }), { minLength: 5, maxLength: 30 }), (parts) => {
        const isAllShown = new Set(parts.slice(0, -1).flat()).size === IDS.length;
        const joint = after(...parts.map((ids, index) => ({ startedAt: at(index), total: IDS.length, ids })));
        expect(joint !== null).toBe(isAllShown);
      }),
    );
  });
});
