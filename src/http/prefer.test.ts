import fc from 'fast-check';
import { expect, it } from 'vitest';
import { preferredWaitSeconds } from './prefer.js';

it.each<[string | string[] | undefined, number | null]>([
  [undefined, null],
  ['', null],
  ['wait=30', 30],
  ['WAIT = 30', 30],
  ['wait="30"', 30],
  ['respond-async, wait=10', 10],
  ['wait=10; foo="bar"', 10],
  [['respond-async', 'wait=10'], 10],
  ['wait=0', 0],
  ['wait=301', 300],
  ['wait=999999999', 300],
  // the first one counts
  ['wait=5, wait=10', 5],
  ['wait=x, wait=10', null],
  // malformed ones are ignored
  ['wait', null],
  ['wait=', null],
  ['wait=-1', null],
  ['wait=1.5', null],
  ['wait=1e2', null],
  ['wait=9999999999', null],
  ['wait="30', null],
  ['awaits=30', null],
  ['handling=lenient', null],
])('%j prefers a wait of %s', (header, seconds) => {
  expect(preferredWaitSeconds(header)).toBe(seconds);
});

it('takes any text, and never waits longer than the API offers', () => {
  const anyHeader = fc.oneof(
    fc.string(),
    fc.string().map((text) => `wait=${text}`),
    fc.nat().map((n) => `wait=${n}`),
  );
  fc.assert(
    fc.property(anyHeader, (header) => {
      const seconds = preferredWaitSeconds(header);
      expect(seconds === null || (Number.isInteger(seconds) && seconds >= 0 && seconds <= 300)).toBe(true);
    }),
  );
});
