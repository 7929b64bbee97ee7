import { describe, expect, it } from 'vitest';
import { at } from '../../../test/support/snapshot-builder.js';
import { blindSince, NO_SIGHT, sightAfter, type LookOutcome, type Sight } from './sight.js';

/** One round of looks after the other; those that change nothing leave the sight as it was. */
const rounds = (...given: [LookOutcome, number][]): Sight =>
  given.reduce((sight, [outcome, seconds]) => sightAfter(sight, outcome, at(seconds)) ?? sight, NO_SIGHT);

describe('what is known of whether Novita can be seen', () => {
  it('is written down every ten seconds while nothing goes wrong', () => {
    const sight = rounds(['seen', 0]);
    expect(sightAfter(sight, 'seen', at(9))).toBeNull();
    expect(sightAfter(sight, 'idle', at(10))).toEqual({ seenAt: at(10), blindSince: null, held: [] });
  });

  it('an outage lasts from the first round in trouble to the next look that succeeds', () => {
    const blind = rounds(['seen', 0], ['blind', 4], ['blind', 8]);
    expect(blindSince(blind, at(9))).toEqual(at(4));
    expect(sightAfter(blind, 'idle', at(60))).toBeNull();
    expect(rounds(['seen', 0], ['blind', 4], ['seen', 70])).toEqual({
      seenAt: at(70),
      blindSince: null,
      held: [{ from: at(4), to: at(70) }],
    });
  });

  it('a Novitai that was away has seen nothing meanwhile, whether Novita answers when it comes back or not', () => {
    const before = rounds(['seen', 0]);
    expect(blindSince(before, at(30))).toBeNull();
    expect(blindSince(before, at(31))).toEqual(at(0));
    expect(sightAfter(before, 'idle', at(3_600))?.held).toEqual([{ from: at(0), to: at(3_600) }]);
    expect(sightAfter(before, 'blind', at(3_600))?.blindSince).toEqual(at(0));
  });

  it('a clock that jumped ahead and came back leaves no outage in the future', () => {
    const jumped = rounds(['seen', 0], ['seen', 3_600]);
    expect(sightAfter(jumped, 'seen', at(75))).toEqual({
      seenAt: at(75),
      blindSince: null,
      held: [{ from: at(0), to: at(75) }],
    });
  });
});
