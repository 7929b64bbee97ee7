import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { at } from '../../test/support/snapshot-builder.js';
import { afterFreeSeconds, joined, until, withSpan, type Span } from './held-up.js';

const span = (from: number, to: number): Span => ({ from: at(from), to: at(to) });
const someSpan = fc
  .tuple(fc.integer({ min: 0, max: 300 }), fc.integer({ min: -5, max: 60 }))
  .map(([from, seconds]) => span(from, from + seconds));
const someSpans = fc.array(someSpan, { maxLength: 40 });

/** Said once more, second by second. */
const isHeld = (spans: readonly Span[], second: number): boolean =>
  spans.some(({ from, to }) => from <= at(second) && at(second) < to);
const countedOff = (from: number, seconds: number, spans: readonly Span[]): Date => {
  let second = from;
  for (let left = seconds; left > 0; second += 1) if (!isHeld(spans, second)) left -= 1;
  return at(second);
};

describe('a deadline', () => {
  it('falls when so many seconds have passed that were not held up', () => {
    expect(afterFreeSeconds(at(0), 40, [])).toEqual(at(40));
    expect(afterFreeSeconds(at(0), 40, [span(10, 80)])).toEqual(at(110));
    expect(afterFreeSeconds(at(0), 40, [span(-100, 10), span(20, 30)])).toEqual(at(60));
  });

  it('does not move for what was held up before it began or after it fell', () => {
    expect(afterFreeSeconds(at(0), 40, [span(-50, -10), span(40, 90)])).toEqual(at(40));
  });

  it('is never earlier than one that counts second by second, and later only by spans that touch its end', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 300 }),
        fc.integer({ min: 1, max: 200 }),
        someSpans,
        (from, seconds, held) => {
          expect(afterFreeSeconds(at(from), seconds, held)).toEqual(countedOff(from, seconds, held));
        },
      ),
    );
  });
});

describe('spans', () => {
  it('joined are sorted, do not touch, and cover what they covered', () => {
    fc.assert(
      fc.property(someSpans, (spans) => {
        const joint = joined(spans);
        for (const [index, { from, to }] of joint.entries()) {
          expect(from < to).toBe(true);
          const next = joint[index + 1];
          if (next) expect(to < next.from).toBe(true);
        }
        for (let second = -5; second < 370; second += 1) expect(isHeld(joint, second)).toBe(isHeld(spans, second));
      }),
      { numRuns: 50 },
    );
  });

  it('that touch are one', () => {
    expect(joined([span(10, 20), span(0, 10)])).toEqual([span(0, 20)]);
  });

  it('are joined from the oldest on when there are too many', () => {
    const spans = Array.from({ length: 21 }, (_, n) => span(10 * n, 10 * n + 5));
    expect(spans.reduce<Span[]>(withSpan, [])).toEqual([span(0, 15), ...spans.slice(2)]);
  });

  it('are kept in a bounded number, which never makes a deadline earlier', () => {
    fc.assert(
      fc.property(fc.array(someSpan, { minLength: 25, maxLength: 60 }), (spans) => {
        const kept = spans.reduce<Span[]>(withSpan, []);
        expect(kept.length).toBeLessThanOrEqual(20);
        expect(afterFreeSeconds(at(0), 60, kept) >= afterFreeSeconds(at(0), 60, spans)).toBe(true);
      }),
    );
  });

  it('that lie in the future, by a clock that came back, count for nothing', () => {
    expect(until([span(10, 3_600), span(4_000, 5_000)], at(75))).toEqual([span(10, 75)]);
  });
});
